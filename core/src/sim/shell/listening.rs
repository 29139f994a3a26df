//! What servers answer on which port: a folder of files, a page for every path, or a bare connection.

/// A server's open port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) struct Listening {
    pub(in crate::sim) port: u16,
    pub(in crate::sim) site: Site,
}

/// What comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Site {
    /// The files of this folder; an index for the folder itself.
    Folder(String),
    /// 200 for every path.
    Anything,
    /// It takes connections and does not speak HTTP.
    Mute,
}

/// The port of a program of an image, by its name and what its arguments say.
pub(super) fn of_program(name: &str, args: &[String]) -> Option<Listening> {
    let said =
        |flag: &str| args.iter().find_map(|arg| arg.strip_prefix(flag)?.strip_prefix('=')?.parse().ok());
    let (port, site) = match name {
        "nginx" | "httpd-foreground" | "whoami" => (80, Site::Anything),
        "redis-server" => (6379, Site::Mute),
        "memcached" => (11_211, Site::Mute),
        "postgres" => (5432, Site::Mute),
        "mysqld" => (3306, Site::Mute),
        "etcd" => (2381, Site::Anything),
        "kube-apiserver" => (said("--secure-port").unwrap_or(6443), Site::Anything),
        "kube-controller-manager" => (said("--secure-port").unwrap_or(10_257), Site::Anything),
        "kube-scheduler" => (said("--secure-port").unwrap_or(10_259), Site::Anything),
        "kube-proxy" => (10_256, Site::Anything),
        "agnhost" | "coredns" => (8080, Site::Anything),
        _ => return None,
    };
    Some(Listening { port, site })
}

/// `httpd -p PORT -h FOLDER`
pub(super) fn of_httpd(args: &[&str]) -> Listening {
    let port = after(args, "-p").and_then(|port| port.rsplit(':').next()?.parse().ok()).unwrap_or(80);
    Listening { port, site: Site::Folder(after(args, "-h").unwrap_or("/").to_owned()) }
}

/// `nc -l -p PORT`
pub(super) fn of_nc(args: &[&str]) -> Option<Listening> {
    let listens = args.iter().any(|arg| arg.starts_with('-') && arg.contains('l'));
    let by_flag = args
        .iter()
        .position(|arg| arg.starts_with('-') && arg.ends_with('p'))
        .and_then(|at| args.get(at + 1));
    let port = by_flag.or_else(|| args.last())?.parse().ok()?;
    listens.then_some(Listening { port, site: Site::Mute })
}

fn after<'a>(args: &[&'a str], flag: &str) -> Option<&'a str> {
    args.iter().position(|arg| *arg == flag).and_then(|at| args.get(at + 1)).copied()
}
