//! Commands that change a cluster, or go on: typed at the workstation of a world with an API server from outside.

use std::time::Duration;

use crate::{
    config::Config,
    console::{Console, Effect, Host, Save},
    sim::World,
};

const WEB: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  - {name: main, image: \"lab:1\", args: [serve, \"8080\"]}\n";

struct Room {
    world: World,
    console: Console,
}

impl Room {
    fn new(nodes: usize) -> Self {
        let mut world = World::new(1);
        for number in 1..=nodes {
            let node = format!("node{number:02}").as_str().into();
            world.add_node(Config { node, api: true, ..Config::default() }).unwrap();
        }
        world.set_api_server(true);
        world.advance(Duration::from_secs(3));
        Self { world, console: Console::new(Host::Workstation) }
    }

    fn run(&mut self, line: &str) -> String {
        self.console.run(&mut self.world, line).text
    }

    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.run(line), expected, "{line}");
    }

    /// What a line prints until it ends, and its exit code.
    fn whole(&mut self, line: &str) -> (String, i32) {
        let mut output = self.console.run(&mut self.world, line);
        for _ in 0..300 {
            if !output.effects.contains(&Effect::Follow) {
                break;
            }
            self.world.advance(Duration::from_millis(500));
            let more = self.console.more(&mut self.world);
            output.text.push_str(&more.text);
            (output.code, output.effects) = (more.code, more.effects);
        }
        assert!(!output.effects.contains(&Effect::Follow), "{line} never ends: {}", output.text);
        (output.text, output.code)
    }

    fn wait(&mut self, seconds: u64) {
        self.world.advance(Duration::from_secs(seconds));
    }

    fn put(&mut self, text: &str) -> String {
        self.run(&format!("cat <<EOF | kubectl apply -f -\n{text}EOF"))
    }
}

#[test]
fn what_is_watched_gets_a_row_for_each_change() {
    let mut room = Room::new(1);
    let first = room.console.run(&mut room.world, "kubectl get pods -w");
    assert_eq!((first.text.as_str(), first.effects.as_slice()), ("", &[Effect::Follow][..]));
    room.world.write(&"node01".into(), "web.yaml", WEB.as_bytes()).unwrap();
    room.wait(5);
    let rows = room.console.more(&mut room.world).text;
    let rows: Vec<&str> = rows.lines().collect();
    assert_eq!(rows[0], "NAME         READY   STATUS    RESTARTS   AGE");
    assert_eq!(rows[1].split_whitespace().take(3).collect::<Vec<_>>(), ["web-node01", "0/1", "Pending"]);
    assert!(rows.last().unwrap().starts_with("web-node01   1/1     Running             0"), "{rows:?}");
    assert_eq!(room.console.interrupt().text, "^C\n");
    assert_eq!(room.console.more(&mut room.world).effects, []);
}

#[test]
fn what_is_watched_goes_through_pipes() {
    let mut room = Room::new(1);
    room.run("kubectl get pods -w | grep Running");
    room.world.write(&"node01".into(), "web.yaml", WEB.as_bytes()).unwrap();
    room.wait(5);
    let rows = room.console.more(&mut room.world).text;
    assert!(rows.lines().count() >= 1 && rows.lines().all(|row| row.contains("Running")), "{rows}");
}

#[test]
fn a_watch_ends_silently_when_nobody_answers() {
    let mut room = Room::new(1);
    room.run("kubectl get nodes -w; echo over");
    room.world.set_api_server(false);
    let last = room.console.more(&mut room.world);
    assert_eq!((last.text.as_str(), last.code, last.effects.len()), ("over\n", 0, 0));
}

#[test]
fn logs_are_followed_until_the_container_ends() {
    let mut room = Room::new(1);
    room.put("apiVersion: v1\nkind: Pod\nmetadata: {name: talk}\nspec:\n  restartPolicy: Never\n  containers: [{name: main, image: busybox, command: [sh, -c, \"echo one; sleep 5; echo two; sleep 5; echo three\"]}]\n");
    room.wait(5);
    assert_eq!(room.whole("kubectl logs -f talk && echo over"), ("one\ntwo\nthree\nover\n".to_owned(), 0));
    room.wait(2);
    room.check("kubectl logs talk --tail=1", "three\n");
    room.check(
        "kubectl logs nope",
        "error: error from server (NotFound): pods \"nope\" not found in namespace \"default\"\n",
    );
    room.check(
        "kubectl exec talk -- ls",
        "error: cannot exec into a container in a completed pod; current phase is Succeeded\n",
    );
}

#[test]
fn commands_run_in_containers() {
    let mut room = Room::new(1);
    room.put("apiVersion: v1\nkind: Pod\nmetadata: {name: two}\nspec:\n  containers:\n  - {name: a, image: busybox, command: [sleep, \"1000\"]}\n  - {name: b, image: busybox, command: [sleep, \"1000\"]}\n");
    room.wait(5);
    room.check("kubectl exec two -c b -- hostname", "two\n");
    room.check("kubectl exec two -- sh -c 'echo $HOSTNAME'", "Defaulted container \"a\" out of: a, b\ntwo\n");
    let failed = room.console.run(&mut room.world, "kubectl exec two -c a -- sh -c 'exit 3'");
    assert_eq!((failed.text.as_str(), failed.code), ("command terminated with exit code 3\n", 3));
    room.check(
        "kubectl exec two -c nope -- ls",
        "error: container nope is not valid for pod two out of: a, b\n",
    );
    let text = room.run("kubectl exec two -c a -- nope");
    assert!(
        text.ends_with(
            "unable to start container process: exec: \"nope\": executable file not found in $PATH: unknown\n"
        ),
        "{text}"
    );
    room.check("kubectl exec two ls", "error: exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] instead\nSee 'kubectl exec -h' for help and examples\n");
    room.check("kubectl exec two", "error: you must specify at least one command for the container\n");
    room.world.stop_kubelet(&"node01".into()).unwrap();
    let text = room.run("kubectl exec two -c a -- ls");
    assert!(
        text.starts_with("Error from server: error dialing backend: dial tcp 1")
            && text.ends_with(":10250: connect: connection refused\n"),
        "{text}"
    );
}

#[test]
fn nodes_are_marked_and_tainted() {
    let mut room = Room::new(2);
    room.check("kubectl cordon node01", "node/node01 cordoned\n");
    room.check("kubectl cordon node01", "node/node01 already cordoned\n");
    assert!(room.run("kubectl get node node01").contains("Ready,SchedulingDisabled"));
    room.check("kubectl uncordon node01 node02", "node/node01 uncordoned\nnode/node02 already uncordoned\n");
    room.check("kubectl cordon nope", "Error from server (NotFound): nodes \"nope\" not found\n");
    room.check(
        "kubectl cordon",
        "error: USAGE: cordon NODE [flags]\nSee 'kubectl cordon -h' for help and examples\n",
    );
    room.check("kubectl taint nodes node01 dedicated=gpu:NoSchedule", "node/node01 tainted\n");
    room.check(
        "kubectl taint nodes node01 dedicated=cpu:NoSchedule",
        "error: node node01 already has dedicated taint(s) with same effect(s) and --overwrite is false\n",
    );
    room.check("kubectl taint nodes node01 dedicated=cpu:NoSchedule --overwrite", "node/node01 modified\n");
    assert!(room.run("kubectl describe node node01").contains("dedicated=cpu:NoSchedule"));
    room.check("kubectl taint nodes node01 dedicated:NoSchedule-", "node/node01 untainted\n");
    room.check("kubectl taint nodes node01 dedicated-", "error: taint \"dedicated\" not found\n");
    room.check(
        "kubectl taint pod x a=b:NoSchedule",
        "error: invalid resource type pod, only node types are supported\n",
    );
    room.check("kubectl taint node node01 a=b:Bad", "error: invalid taint effect: Bad, unsupported taint effect\nSee 'kubectl taint -h' for help and examples\n");
    room.check("kubectl taint node node01", "error: at least one taint update is required\n");
}

#[test]
fn a_drain_leaves_mirrors_and_asks_about_the_rest() {
    let mut room = Room::new(1);
    room.world.write(&"node01".into(), "web.yaml", WEB.as_bytes()).unwrap();
    room.put("apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: agent}\nspec:\n  selector: {matchLabels: {app: agent}}\n  template:\n    metadata: {labels: {app: agent}}\n    spec: {containers: [{name: main, image: \"lab:1\", args: [serve, \"81\"]}]}\n");
    room.run("kubectl run bare --image=lab:1 -- serve 82");
    room.wait(8);
    let agent = room.run("kubectl get pods -l app=agent -o name").trim().replace("pod/", "");
    let refused = format!(
        "node/node01 cordoned\nerror: unable to drain node \"node01\" due to error: [cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/{agent}, cannot delete Pods that declare no controller (use --force to override): default/bare], continuing command...\nThere are pending nodes to be drained:\n node01\ncannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): default/{agent}\ncannot delete Pods that declare no controller (use --force to override): default/bare\n"
    );
    assert_eq!(room.whole("kubectl drain node01"), (refused, 1));
    let drained = format!(
        "node/node01 already cordoned\nWarning: ignoring DaemonSet-managed Pods: default/{agent}; deleting Pods that declare no controller: default/bare\nevicting pod default/bare\npod/bare evicted\nnode/node01 drained\n"
    );
    assert_eq!(room.whole("kubectl drain node01 --ignore-daemonsets --force --grace-period=1"), (drained, 0));
    let left = room.run("kubectl get pod web-node01 --no-headers");
    assert!(left.starts_with("web-node01   1/1   Running"), "{left}");
}

#[test]
fn deployments_are_scaled_changed_and_waited_for() {
    let mut room = Room::new(2);
    room.check(
        "kubectl create deployment shop --image=lab:1 --replicas=2 -- lab serve 8080",
        "deployment.apps/shop created\n",
    );
    let (text, code) = room.whole("kubectl rollout status deployment/shop");
    assert!(text.starts_with("Waiting for deployment ") && code == 0, "{text}");
    assert!(text.ends_with("deployment \"shop\" successfully rolled out\n"), "{text}");
    room.check("kubectl scale deployment shop --replicas=3", "deployment.apps/shop scaled\n");
    room.wait(8);
    assert!(room.run("kubectl get deploy shop").contains("3/3"));
    room.check(
        "kubectl scale deployment shop --replicas=1 --current-replicas=2",
        "error: Expected replicas to be 2, was 3\n",
    );
    room.check("kubectl scale deployment shop", "error: required flag(s) \"replicas\" not set\n");
    room.check("kubectl set image deployment/shop lab=lab:2", "deployment.apps/shop image updated\n");
    room.check("kubectl set image deployment/shop lab=lab:2", "");
    room.check(
        "kubectl set image deployment/shop nope=x",
        "error: unable to find container named \"nope\"\n",
    );
    room.wait(2);
    room.check(
        "kubectl rollout history deployment/shop",
        "deployment.apps/shop \nREVISION  CHANGE-CAUSE\n1         <none>\n2         <none>\n\n",
    );
    assert!(room.run("kubectl rollout history deploy/shop --revision=1").starts_with(
        "deployment.apps/shop with revision #1\nPod Template:\n  Labels:\tapp=shop\n\tpod-template-hash="
    ));
    room.check(
        "kubectl rollout history deploy/shop --revision=9",
        "error: unable to find the specified revision\n",
    );
    room.check("kubectl rollout restart deployment shop", "deployment.apps/shop restarted\n");
    room.check("kubectl rollout status pod x", "Error from server (NotFound): pods \"x\" not found\n");
    room.check("kubectl rollout pizza", "error: unknown command \"pizza\"\nSee 'kubectl rollout -h' for help and examples\nThere is: history, restart, status\n");
}

#[test]
fn what_is_deleted_is_waited_for() {
    let mut room = Room::new(1);
    room.run("kubectl run slow --image=busybox --command -- sleep 1000");
    room.wait(5);
    let before = room.world.now();
    assert_eq!(
        room.whole("kubectl delete pod slow && echo over"),
        ("pod \"slow\" deleted from default namespace\nover\n".to_owned(), 0)
    );
    assert!(room.world.now().since(before) >= Duration::from_secs(29), "it has a grace of 30 seconds");
    room.check("kubectl delete pod slow", "Error from server (NotFound): pods \"slow\" not found\n");
}

#[test]
fn objects_are_edited() {
    let mut room = Room::new(1);
    room.run("kubectl run web --image=lab:1 -- serve 8080");
    room.wait(5);
    let open = |room: &mut Room| {
        let opened = room.console.run(&mut room.world, "kubectl edit pod web");
        let [Effect::Edit { path, text }] = &opened.effects[..] else { panic!("{opened:?}") };
        assert!(text.starts_with("# Please edit the object below."), "{text}");
        (path.clone(), text.clone())
    };
    let (path, text) = open(&mut room);
    assert_eq!(room.console.close(&path).text, "Edit cancelled, no changes made.\n");
    open(&mut room);
    let saved = room.console.save(
        &mut room.world,
        &path,
        &text.replace("run: web", "run: web\n    team: blue"),
        Save::InPlace,
    );
    assert_eq!(saved.text, "pod/web edited\n");
    assert!(room.run("kubectl get pod web --show-labels").contains("team=blue"));
    let (path, text) = open(&mut room);
    let wrong = text.replace("restartPolicy: Always", "restartPolicy: Never");
    let again = room.console.save(&mut room.world, &path, &wrong, Save::InPlace);
    let [Effect::Edit { text, .. }] = &again.effects[..] else { panic!("{again:?}") };
    assert!(
        text.contains(
            "# pods \"web\" was not valid:\n# * spec: Forbidden: pod updates may not change fields"
        ),
        "{text}"
    );
    let gave_up = room.console.close(&path);
    assert_eq!(
        gave_up.text,
        format!(
            "error: pods \"web\" is invalid\nA copy of your changes has been stored to \"{path}\"\nerror: Edit cancelled, no valid changes were saved.\n"
        )
    );
    room.check("kubectl edit pod nope", "Error from server (NotFound): pods \"nope\" not found\n");
}

#[test]
fn what_would_be_made_is_shown() {
    let mut room = Room::new(1);
    room.check(
        "kubectl run web --image=nginx --port=80 --env=A=b --labels=app=x,tier=y --restart=Never --dry-run=client -o yaml -- sleep 5",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    app: x\n    tier: \"y\"\n  name: web\nspec:\n  containers:\n  - args:\n    - sleep\n    - \"5\"\n    env:\n    - name: A\n      value: b\n    image: nginx\n    name: web\n    ports:\n    - containerPort: 80\n    resources: {}\n  dnsPolicy: ClusterFirst\n  restartPolicy: Never\nstatus: {}\n",
    );
    room.check("kubectl run web --image=nginx --dry-run=client", "pod/web created (dry run)\n");
    room.check("kubectl run web --image=nginx --dry-run=server", "pod/web created (server dry run)\n");
    room.check("kubectl run web", "error: required flag(s) \"image\" not set\n");
    room.check("kubectl run web --image=:", "error: Invalid image name \":\": invalid reference format\n");
    room.check(
        "kubectl run web --image=x --restart=Foo",
        "error: invalid restart policy: Foo\nSee 'kubectl run -h' for help and examples\n",
    );
    room.check(
        "kubectl run web --image=x --dry-run=pizza",
        "error: Invalid dry-run value (pizza). Must be \"none\", \"server\", or \"client\".\n",
    );
    room.check("kubectl run web --image=nginx", "pod/web created\n");
    room.check(
        "kubectl run web --image=nginx",
        "Error from server (AlreadyExists): pods \"web\" already exists\n",
    );
}

#[test]
fn a_misspelt_line_is_told() {
    let mut room = Room::new(1);
    let unknown = room.run("kubectl gett pods");
    assert!(unknown.starts_with("error: unknown command \"gett\" for \"kubectl\"\n\nDid you mean this?\n\tget\n\tset\nThere is: annotate, "), "{unknown}");
    room.check(
        "kubectl get pods --pizza",
        "error: unknown flag: --pizza\nSee 'kubectl get --help' for usage.\n",
    );
    room.check(
        "kubectl logs web -c",
        "error: flag needs an argument: 'c' in -c\nSee 'kubectl logs --help' for usage.\n",
    );
    room.check(
        "kubectl logs web --tail",
        "error: flag needs an argument: --tail\nSee 'kubectl logs --help' for usage.\n",
    );
    room.check(
        "kubectl delete pod web --grace-period=x",
        "error: invalid argument \"x\" for \"--grace-period\" flag: strconv.ParseInt: parsing \"x\": invalid syntax\nSee 'kubectl delete --help' for usage.\n",
    );
    room.check(
        "kubectl get pods -w=x",
        "error: invalid argument \"x\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \"x\": invalid syntax\nSee 'kubectl get --help' for usage.\n",
    );
    room.check("kubectl get pods,nodes -w", "error: you may only specify a single resource type\n");
    room.check("kubectl label pod web", "error: at least one label update is required\n");
    room.check("kubectl create pizza", "error: Unexpected args: [pizza]\nSee 'kubectl create -h' for help and examples\nThere is: -f FILE, deployment, namespace\n");
    room.check("kubectl apply -f /nope", "error: the path \"/nope\" does not exist\n");
    room.check("kubectl top pods", "error: Metrics API not available\n");
    room.check("kubectl port-forward web", "error: TYPE/NAME and list of ports are required for port-forward\nSee 'kubectl port-forward -h' for help and examples\n");
}

#[test]
fn a_server_is_found_by_a_kubeconfig() {
    let mut room = Room::new(1);
    room.check("kubectl config current-context", "kubernetes-admin@kubernetes\n");
    let config = room.run("kubectl config view");
    assert!(
        config.contains("certificate-authority-data: DATA+OMITTED\n    server: https://1")
            && config.contains(":6443\n"),
        "{config}"
    );
    assert!(room.run("kubectl cluster-info").starts_with("Kubernetes control plane is running at https://"));
    room.run("ssh node01");
    room.check(
        "kubectl get nodes",
        "The connection to the server localhost:8080 was refused - did you specify the right host or port?\n",
    );
    room.check("kubectl config current-context", "error: current-context is not set\n");
    room.check(
        "kubectl config view",
        "apiVersion: v1\nclusters: null\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n",
    );
    room.check("kubectl version", "Client Version: v1.36.2\nKustomize Version: v5.8.1\nThe connection to the server localhost:8080 was refused - did you specify the right host or port?\n");
    room.check("kubectl version --client", "Client Version: v1.36.2\nKustomize Version: v5.8.1\n");
    room.run("mkdir -p $HOME/.kube");
    let address = room.world.server_address();
    let config = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: k}}}}]\nclusters: [{{name: k, cluster: {{server: \"https://{address}\"}}}}]\n"
    );
    room.run(&format!("cat <<EOF > /etc/kubernetes/admin.conf\n{config}EOF"));
    room.check("kubectl config current-context", "error: current-context is not set\n");
    assert!(room.run("KUBECONFIG=/etc/kubernetes/admin.conf kubectl get nodes").contains("Ready"));
    room.run("export KUBECONFIG=/etc/kubernetes/admin.conf");
    room.check("kubectl config current-context", "c\n");
    assert!(room.run("kubectl get nodes").contains("Ready"));
    room.run("unset KUBECONFIG; sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config");
    assert!(room.run("kubectl get nodes").contains("Ready"));
    room.run("exit");
    room.world.set_api_server(false);
    assert!(
        room.run("kubectl get nodes")
            .ends_with(":6443 was refused - did you specify the right host or port?\n")
    );
    room.check(
        "kubectl get nodes --server http://127.0.0.1:8001",
        "The connection to the server 127.0.0.1:8001 was refused - did you specify the right host or port?\n",
    );
}

#[test]
fn fields_are_explained() {
    let mut room = Room::new(1);
    room.check(
        "kubectl explain pod.spec.containers.name",
        "KIND:       Pod\nVERSION:    v1\n\nFIELD: name <string>\n\n\nDESCRIPTION:\n    <empty>\n\n",
    );
    let text = room.run("kubectl explain pod.spec");
    assert!(text.starts_with("KIND:       Pod\nVERSION:    v1\n\nFIELD: spec <PodSpec>\n\n\nDESCRIPTION:\n    <empty>\nFIELDS:\n  activeDeadlineSeconds\t<integer>\n    <no description>\n\n"), "{text}");
    assert!(text.contains("  containers\t<[]Container> -required-\n    <no description>\n\n"), "{text}");
    let text = room.run("kubectl explain pod --recursive");
    assert!(text.contains("  spec\t<PodSpec>\n    activeDeadlineSeconds\t<integer>\n    affinity\t<Affinity>\n      nodeAffinity\t<NodeAffinity>\n"), "{text}");
    room.check(
        "kubectl explain pod.spec.nope",
        "KIND:       Pod\nVERSION:    v1\n\nerror: field \"nope\" does not exist\n",
    );
    room.check("kubectl explain pizza", "the server doesn't have a resource type \"pizza\"\n");
}

#[test]
fn words_behind_verbs_are_completed() {
    let mut room = Room::new(2);
    room.run("kubectl run web --image=lab:1 -- serve 8080");
    let mut complete = |line: &str| room.console.complete(&mut room.world, line);
    assert_eq!(complete("kubectl unc"), ["uncordon"]);
    assert_eq!(complete("kubectl drain node0"), ["node01", "node02"]);
    assert_eq!(complete("kubectl logs "), ["web"]);
    assert_eq!(complete("kubectl get pods w"), ["web"]);
    assert_eq!(complete("kubectl rollout st"), ["status"]);
    assert_eq!(complete("kubectl drain node01 --ignore"), ["--ignore-daemonsets"]);
    assert_eq!(complete("kubectl config v"), ["view"]);
}
