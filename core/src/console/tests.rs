//! What people type at a node, and what they read then.

use std::time::Duration;

use super::{Console, Effect, Host, Save};
use crate::{config::Config, id::NodeName, sim::World};

const WEB: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  terminationGracePeriodSeconds: 1\n  containers:\n  - {name: main, image: \"busybox:1.35\", command: [sh, -c, \"echo hello; sleep 1000\"]}\n";

struct Room {
    world: World,
    console: Console,
}

impl Room {
    fn new() -> Self {
        let mut world = World::new(1);
        let node = world.add_node(Config::default()).unwrap();
        world.advance(Duration::from_secs(1));
        Self { world, console: Console::new(Host::Node(node)) }
    }

    #[track_caller]
    fn check(&mut self, line: &str, expected: &str) {
        assert_eq!(self.console.run(&mut self.world, line).text, expected, "{line}");
    }

    fn run(&mut self, line: &str) -> String {
        self.console.run(&mut self.world, line).text
    }

    fn wait(&mut self, seconds: u64) {
        self.world.advance(Duration::from_secs(seconds));
    }

    fn node() -> NodeName {
        "node01".into()
    }
}

#[test]
fn files_are_written_read_and_joined() {
    let mut room = Room::new();
    room.check("echo one > a.txt; echo 'two words' >> a.txt; cat a.txt", "one\ntwo words\n");
    room.check("cat a.txt | grep -n two", "2:two words\n");
    room.check("echo a.txt | xargs cat", "one\ntwo words\n");
    room.check("cat <<EOF > /tmp/b\nx: 1\ny: 2\nEOF", "");
    room.check("wc -l /tmp/b && tail -n 1 /tmp/b", "2\ny: 2\n");
    room.check("cat nope && echo no", "cat: nope: No such file or directory\n");
    room.check("cp a.txt /tmp; ls /tmp", "a.txt\nb\n");
    room.check("cd /etc/kubernetes; pwd; ls", "/etc/kubernetes\nmanifests\n");
    room.check("find /etc/kubernetes -name 'm*'", "/etc/kubernetes/manifests\n");
}

#[test]
fn the_manifests_folder_is_the_nodes() {
    let mut room = Room::new();
    let heredoc = format!("cat <<EOF > /etc/kubernetes/manifests/web.yaml\n{WEB}EOF");
    room.check(&heredoc, "");
    room.wait(3);
    assert!(room.run("crictl ps").contains("main"), "{}", room.run("crictl ps -a"));
    assert!(room.run("docker ps | grep k8s_main_web-node01_default").contains("\"sh -c echo hello; s…\""));
    room.check("ls -a /etc/kubernetes/manifests", "web.yaml\n");
    room.check("mv /etc/kubernetes/manifests/web.yaml /tmp", "");
    room.wait(5);
    assert!(!room.run("crictl ps").contains("main"));
    room.check("cat /tmp/web.yaml | head -n 1", "apiVersion: v1\n");
}

#[test]
fn containers_are_killed_logged_and_entered() {
    let mut room = Room::new();
    room.world.write(&Room::node(), "web.yaml", WEB.as_bytes()).unwrap();
    room.wait(3);
    let id = room.run("crictl ps -q").trim().to_owned();
    let short = &id[..13];
    room.check(&format!("crictl logs {short}"), "hello\n");
    room.check(&format!("crictl exec {short} hostname"), "web-node01\n");
    room.check(&format!("docker kill {short}"), &format!("{short}\n"));
    room.wait(3);
    assert!(room.run("crictl ps -a").contains("Exited"));
    assert_ne!(room.run("crictl ps -q").trim(), id);
    let view = room.world.node_view(&Room::node()).unwrap();
    assert_eq!(view.pods[0].restarts, 1);
}

#[test]
fn the_kubelet_is_stopped_started_and_read() {
    let mut room = Room::new();
    room.check("systemctl stop kubelet; systemctl is-active kubelet", "inactive\n");
    room.check("systemctl start kubelet; systemctl is-active kubelet", "active\n");
    room.world
        .write(&Room::node(), "bad.yaml", "kind: Deployment\napiVersion: apps/v1\n".as_bytes())
        .unwrap();
    room.wait(25);
    let log = room.run("journalctl -u kubelet --no-pager | grep 'Could not process manifest file'");
    assert!(log.contains("node01 kubelet[1420]: E0101 00:00:2"), "{log}");
    let followed = room.console.run(&mut room.world, "journalctl -u kubelet -f");
    assert_eq!(followed.effects, [Effect::Follow]);
    room.wait(20);
    let more = room.console.more(&mut room.world);
    assert!(more.text.contains("Could not process manifest file"), "{}", more.text);
    assert_eq!(more.effects, [Effect::Follow]);
    let more = room.console.more(&mut room.world);
    assert_eq!((more.text.as_str(), more.effects), ("", vec![Effect::Follow]));
    assert_eq!(room.console.interrupt().code, 130);
    assert_eq!(room.console.more(&mut room.world).effects, []);
}

#[test]
fn an_editor_opens_and_saves() {
    let mut room = Room::new();
    let opened = room.console.run(&mut room.world, "vi /etc/kubernetes/manifests/web.yaml");
    let path = "/etc/kubernetes/manifests/web.yaml".to_owned();
    assert_eq!(opened.effects, [Effect::Edit { path: path.clone(), text: String::new() }]);
    for how in [Save::InPlace, Save::Rename, Save::Vim { keep: true }] {
        assert_eq!(room.console.save(&mut room.world, &path, WEB, how).text, "");
    }
    room.check("ls /etc/kubernetes/manifests", "web.yaml\nweb.yaml~\n");
}

#[test]
fn people_move_between_machines() {
    let mut room = Room::new();
    room.console = Console::new(Host::Workstation);
    assert_eq!(room.console.prompt(), "you@workstation:~$ ");
    assert!(room.run("crictl ps").starts_with("bash: crictl: command not found\nOnly nodes have it"));
    room.check("ssh nowhere", "ssh: Could not resolve hostname nowhere: Name or service not known\n");
    room.check("ssh node01; hostname", "node01\n");
    assert_eq!(room.console.prompt(), "root@node01:~# ");
    room.check("exit", "logout\n");
    let refused = "The connection to the server 192.168.0.2:6443 was refused - did you specify the right host or port?\n";
    room.check("kubectl get pods", refused);
    assert!(room.run("pizza").contains("There is: ls cat"));
}

#[test]
fn variables_are_set_and_read() {
    let mut room = Room::new();
    room.check("mkdir -p $HOME/.kube; A=b; echo \"$A\" $HOME '$A'", "b /root $A\n");
    room.check("A=c echo $A; export B=d; echo $A$B; unset B; echo \"<$B>\"", "b\nbd\n<>\n");
    room.check("sudo chown $(id -u):$(id -g) $HOME/.kube", "");
}

#[test]
fn words_are_completed() {
    let mut room = Room::new();
    let mut complete = |line: &str| room.console.complete(&mut room.world, line);
    assert_eq!(complete("jour"), ["journalctl"]);
    assert_eq!(complete("cat /etc/ku"), ["/etc/kubernetes/"]);
    assert_eq!(complete("kubectl get dep"), ["deployments"]);
    assert_eq!(complete("ls | systemctl re"), ["restart"]);
    assert_eq!(complete("ssh n"), ["node01"]);
}
