//! A sentence per family of rules; the conformance suite has the rest.

use std::fmt::Write as _;

use super::validate;
use crate::{
    id::NodeName,
    manifest::{
        Origin, defaults, extract, load, static_pod,
        tree::{Field, Node, Number, Value},
    },
};

fn bound(manifest: &str) -> Node {
    let mut pod = load(manifest.as_bytes()).expect("well-formed YAML").root;
    defaults::apply(&mut pod);
    let node = NodeName::from("node01");
    static_pod::bind(&mut pod, &Origin { path: "/manifests/web.yaml", node: &node });
    pod
}

/// The errors of a pod with one container, to which `spec` is added.
fn errors(container: &str, spec: &str) -> Vec<String> {
    let mut manifest =
        "metadata: {name: web}\nspec:\n  containers:\n  - name: web\n    image: nginx\n".to_owned();
    for (lines, indent) in [(container, "    "), (spec, "  ")] {
        for line in lines.lines().filter(|line| !line.is_empty()) {
            writeln!(manifest, "{indent}{line}").expect("writing to a string");
        }
    }
    validate(&bound(&manifest)).iter().map(ToString::to_string).collect()
}

#[test]
fn a_plain_pod_is_accepted() {
    assert_eq!(errors("", ""), Vec::<String>::new());
}

#[test]
fn each_family_of_rules_says_its_sentence() {
    for (container, spec, expected) in [
        ("ports: [{containerPort: 0}]", "", "spec.containers[0].ports[0].containerPort: Required value"),
        (
            "ports: [{containerPort: 70000}]",
            "",
            "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ),
        (
            "ports: [{containerPort: 80, hostPort: 80}, {containerPort: 81, hostPort: 80}]",
            "",
            "spec.containers[0].ports[1].hostPort: Duplicate value: \"TCP//80\"",
        ),
        (
            "volumeMounts: [{name: data, mountPath: /data}]",
            "",
            "spec.containers[0].volumeMounts[0].name: Not found: \"data\"",
        ),
        (
            "resources: {limits: {cpu: 1}, requests: {cpu: 2}}",
            "",
            "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1",
        ),
        (
            "env: [{name: A, value: x, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]",
            "",
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty",
        ),
        (
            "livenessProbe: {}",
            "",
            "spec.containers[0].livenessProbe: Required value: must specify a handler type",
        ),
        (
            "imagePullPolicy: Sometimes",
            "",
            "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\"",
        ),
        (
            "",
            "restartPolicy: always",
            "spec.restartPolicy: Unsupported value: \"always\": supported values: \"Always\", \"OnFailure\", \"Never\"",
        ),
        (
            "",
            "volumes: [{name: a, emptyDir: {}, hostPath: {path: /a}}]",
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type",
        ),
        (
            "",
            "schedulingGates: [{name: a}]",
            "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
        ),
        (
            "",
            "hostAliases: [{ip: 001.2.3.4}]",
            "spec.hostAliases[0].ip: Invalid value: \"001.2.3.4\": must not have leading 0s",
        ),
        (
            "",
            "dnsPolicy: None",
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None",
        ),
    ] {
        assert_eq!(errors(container, spec), [expected], "{container}{spec}");
    }
}

#[test]
fn an_error_points_at_its_value_or_at_what_is_nearest() {
    let manifest = "metadata: {name: web}\nspec: {containers: [{name: Web}]}\n";
    let found = validate(&bound(manifest));
    let text = |index: usize| {
        let span = found[index].span.expect("a place");
        &manifest[span.start as usize..span.end as usize]
    };
    assert_eq!(&*found[0].field, "spec.containers[0].name");
    assert_eq!(text(0), "Web");
    assert_eq!(&*found[1].field, "spec.containers[0].image");
    assert_eq!(text(1), "{name: Web}");
}

const EVERYTHING: &str = r"
metadata: {name: web, labels: {a: b}, annotations: {c: d}, finalizers: [orphan], ownerReferences: [{kind: A}]}
spec:
  hostNetwork: true
  resources: {limits: {cpu: 2, hugepages-2Mi: 2Mi}}
  securityContext: {sysctls: [{name: net.a, value: b}], seccompProfile: {type: Localhost}, windowsOptions: {hostProcess: true}}
  affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: In}]}]}}}
  topologySpreadConstraints: [{maxSkew: 1, topologyKey: a, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [b], labelSelector: {matchLabels: {b: c}}}]
  tolerations: [{key: a, operator: Exists}]
  dnsConfig: {nameservers: [1.1.1.1], searches: [a], options: [{name: b}]}
  volumes:
  - {name: a, hostPath: {path: /a}}
  - {name: b, projected: {sources: [{downwardAPI: {items: [{path: c, fieldRef: {fieldPath: metadata.name}}]}}]}}
  - {name: c, ephemeral: {volumeClaimTemplate: {spec: {accessModes: [ReadWriteOnce]}}}}
  initContainers:
  - {name: init, image: i, restartPolicy: Always, resources: {requests: {memory: 1Gi}}}
  containers:
  - name: web
    image: nginx
    ports: [{containerPort: 80}]
    env: [{name: A, value: b}, {name: C, valueFrom: {resourceFieldRef: {resource: limits.cpu, divisor: 1m}}}]
    volumeMounts: [{name: a, mountPath: /a, subPath: b}]
    livenessProbe: {httpGet: {port: 80, httpHeaders: [{name: X, value: y}]}}
    lifecycle: {preStop: {sleep: {seconds: 1}}}
    resizePolicy: [{resourceName: cpu, restartPolicy: NotRequired}]
    restartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [1]}}]
    securityContext: {privileged: true, allowPrivilegeEscalation: false}
";

/// Puts `value` in the place of the node with the number `target`; says whether there is one.
fn replace(node: &mut Node, target: &mut usize, value: &Value) -> bool {
    if *target == 0 {
        node.value = value.clone();
        return true;
    }
    *target -= 1;
    match &mut node.value {
        Value::List(items) => items.iter_mut().any(|item| replace(item, target, value)),
        Value::Map(fields) => fields.iter_mut().any(|field| replace(&mut field.node, target, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

/// Trees that the schema would have refused must not break the steps behind it.
#[test]
fn nothing_panics_on_any_tree() {
    let pod = load(EVERYTHING.as_bytes()).expect("well-formed YAML").root;
    let node = NodeName::from("node01");
    let odd = Node::synthetic(Value::String("ä/..:'[\u{7}".into()));
    let entry = Field { key: "x".into(), key_span: crate::manifest::Span::default(), node: odd.clone() };
    let values = [
        Value::Null,
        Value::Bool(true),
        Value::Number(Number::Int(i64::MIN)),
        Value::Number(Number::Uint(u64::MAX)),
        odd.value.clone(),
        Value::List(vec![odd]),
        Value::Map(vec![entry]),
    ];
    let mut count = 0;
    for place in 0.. {
        let mut copy = pod.clone();
        if !replace(&mut copy, &mut place.clone(), &values[0]) {
            break;
        }
        for value in &values {
            let mut copy = pod.clone();
            replace(&mut copy, &mut place.clone(), value);
            defaults::apply(&mut copy);
            let id = static_pod::bind(&mut copy, &Origin { path: "a", node: &node });
            let _ = validate(&copy);
            let _ = static_pod::refused_reference(&copy);
            let _ = extract(copy, id, "a");
            count += 1;
        }
    }
    assert!(count > 700, "every value has been replaced, {count} times in all");
}
