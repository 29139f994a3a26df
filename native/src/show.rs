//! `standfast get` and `standfast describe`: the pods of an agent that runs, as `kubectl` prints them.
//!
//! They ask the agent over the address that it serves at, and print with the printers that the simulated `kubectl` has.

use std::{borrow::Cow, fmt, time::Duration};

use clap::Args;
use http_body_util::{BodyExt as _, Empty};
use hyper::{Request, body::Bytes, client::conn::http1, header::HOST};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use standfast_core::{
    cluster::{Kind, Selector},
    console::print::{self, Context, Look},
    time::UnixSeconds,
};
use tokio::{net::TcpStream, time::timeout};

use crate::clock::Clock;

/// An agent on this machine answers within this.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which agent is asked.
#[derive(Clone, Debug, Args)]
pub struct Agent {
    /// Where the agent serves: what its --listen says.
    #[arg(long, value_name = "ADDRESS:PORT", env = "STANDFAST_AGENT", default_value = "127.0.0.1:8080")]
    pub agent: String,
    /// The namespace of the pods.
    #[arg(long, short, value_name = "NAME", default_value = "default")]
    pub namespace: String,
    /// Pods of all namespaces.
    #[arg(long, short = 'A')]
    pub all_namespaces: bool,
    /// Only pods with these labels.
    #[arg(long, short = 'l', value_name = "SELECTOR", default_value = "", hide_default_value = true)]
    pub selector: String,
}

/// What to print, and how.
#[derive(Clone, Debug, Args)]
pub struct GetArgs {
    /// `pods`, `pod NAME...`, `pod/NAME` or `events`.
    #[arg(required = true)]
    pub what: Vec<String>,
    /// wide, yaml, json or name.
    #[arg(long, short, value_name = "FORMAT", default_value = "", hide_default_value = true)]
    pub output: String,
    /// A column with the labels.
    #[arg(long)]
    pub show_labels: bool,
    /// No line above the columns.
    #[arg(long)]
    pub no_headers: bool,
    /// Whom to ask, and for which of them.
    #[command(flatten)]
    pub agent: Agent,
}

/// What to describe.
#[derive(Clone, Debug, Args)]
pub struct DescribeArgs {
    /// `pods`, `pod NAME...` or `pod/NAME`.
    #[arg(required = true)]
    pub what: Vec<String>,
    /// Whom to ask, and for which of them.
    #[command(flatten)]
    pub agent: Agent,
}

/// What is printed: to the output, to the errors, and whether all was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// For the output.
    pub out: String,
    /// For the errors.
    pub err: String,
    /// Whether all that was asked for is there.
    pub found: bool,
}

/// Why nothing is shown.
#[derive(Debug, PartialEq, Eq)]
pub enum ShowError {
    /// No agent answers there.
    Unreachable(String, String),
    /// What answers is no agent, or an older one.
    Refused(String, String),
    /// There is no such kind here.
    Kind(String),
    /// This is no label selector.
    Selector(String),
    /// There is no such format.
    Format(String),
}

impl fmt::Display for ShowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(address, why) => write!(
                f,
                "no agent answers at {address}: {why}; start one with `standfast run --listen {address}`, or name another with --agent ADDRESS:PORT"
            ),
            Self::Refused(address, why) => write!(f, "the agent at {address} does not say: {why}"),
            Self::Kind(word) => write!(f, "an agent has no resource type \"{word}\": ask for pods or events"),
            Self::Selector(why) => f.write_str(why),
            Self::Format(word) => {
                write!(f, "there is no output format \"{word}\": use wide, yaml, json or name")
            }
        }
    }
}

impl std::error::Error for ShowError {}

/// Prints pods or events.
pub async fn get(args: &GetArgs) -> Result<Shown, ShowError> {
    if !["", "wide", "yaml", "json", "name"].contains(&args.output.as_str()) {
        return Err(ShowError::Format(args.output.clone()));
    }
    let asked = Asked::read(&args.what)?;
    let mut shown = Shown { found: true, ..Shown::default() };
    let objects = chosen(&args.agent, &asked, &mut shown).await?;
    let kind = asked.kind;
    let named = !asked.names.is_empty();
    shown.out = match args.output.as_str() {
        "yaml" => print::yaml(&whole(&objects, named)),
        "json" => print::json(&whole(&objects, named)),
        "name" => {
            let lines = objects.iter().map(|it| [&kind.singular(), "/", name(it), "\n"].concat());
            lines.collect()
        }
        format => {
            if objects.is_empty() {
                if shown.found {
                    let namespace = &args.agent.namespace;
                    shown.err = if args.agent.all_namespaces {
                        "No resources found\n".to_owned()
                    } else {
                        format!("No resources found in {namespace} namespace.\n")
                    };
                }
                return Ok(shown);
            }
            let aged: Vec<Value> = objects.into_iter().map(aged).collect();
            print::table_of(kind, &aged, now()).print(&Look {
                wide: format == "wide",
                namespace: args.agent.all_namespaces,
                labels: args.show_labels,
                no_headers: args.no_headers,
                ..Look::default()
            })
        }
    };
    Ok(shown)
}

/// Describes pods, each with its events.
pub async fn describe(args: &DescribeArgs) -> Result<Shown, ShowError> {
    let asked = Asked::read(&args.what)?;
    let mut shown = Shown { found: true, ..Shown::default() };
    let objects = chosen(&args.agent, &asked, &mut shown).await?;
    let events = items(fetch(&args.agent.agent, Kind::Event).await?);
    let all = |kind: Kind| match kind {
        Kind::Event => events.iter().map(Cow::Borrowed).collect(),
        _ => Vec::new(),
    };
    let context = Context { now: now(), all: &all, events: true };
    let pages: Vec<String> = objects.iter().map(|it| print::describe(asked.kind, it, &context)).collect();
    shown.out = pages.join("\n\n");
    Ok(shown)
}

/// A kind, and the names that are asked for; none for all.
struct Asked {
    kind: Kind,
    names: Vec<String>,
}

impl Asked {
    fn read(words: &[String]) -> Result<Self, ShowError> {
        let kind = |word: &str| {
            let known = Kind::of_word(word).filter(|kind| matches!(kind, Kind::Pod | Kind::Event));
            known.ok_or_else(|| ShowError::Kind(word.to_owned()))
        };
        let Some((first, rest)) = words.split_first() else { return Err(ShowError::Kind(String::new())) };
        let Some((word, _)) = first.split_once('/') else {
            return Ok(Self { kind: kind(first)?, names: rest.to_vec() });
        };
        let names = words.iter().map(|word| word.rsplit('/').next().unwrap_or_default().to_owned());
        Ok(Self { kind: kind(word)?, names: names.collect() })
    }
}

/// The objects that are asked for. What is not there is told beside them.
async fn chosen(agent: &Agent, asked: &Asked, shown: &mut Shown) -> Result<Vec<Value>, ShowError> {
    let labels = Selector::parse(&agent.selector).map_err(|error| ShowError::Selector(error.to_string()))?;
    let mut objects = items(fetch(&agent.agent, asked.kind).await?);
    objects.retain(|object| {
        let label = |key: &str| object.pointer("/metadata/labels")?.get(key)?.as_str();
        (agent.all_namespaces || text(object, "/metadata/namespace") == agent.namespace)
            && labels.holds(label)
    });
    objects.sort_by(|a, b| {
        let place = |it: &Value| (text(it, "/metadata/namespace").to_owned(), name(it).to_owned());
        place(a).cmp(&place(b))
    });
    if asked.names.is_empty() {
        return Ok(objects);
    }
    let mut found = Vec::new();
    for wanted in &asked.names {
        // The node's suffix may be left out.
        let is_it = |it: &&Value| {
            let suffix = format!("{wanted}-{}", text(it, "/spec/nodeName"));
            name(it) == wanted || name(it) == suffix
        };
        if let Some(object) = objects.iter().find(is_it) {
            found.push(object.clone());
            continue;
        }
        let plural = asked.kind.plural();
        shown.err += "Error from server (NotFound): ";
        shown.err += &[plural, " \"", wanted, "\" not found\n"].concat();
        shown.found = false;
    }
    Ok(found)
}

/// Asks the agent for all objects of a kind.
async fn fetch(address: &str, kind: Kind) -> Result<Value, ShowError> {
    let unreachable = |why: String| ShowError::Unreachable(address.to_owned(), why);
    let refused = |why: String| ShowError::Refused(address.to_owned(), why);
    let asked = async {
        let stream = TcpStream::connect(address).await.map_err(|error| unreachable(error.to_string()))?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| unreachable(error.to_string()))?;
        tokio::spawn(connection);
        let request = Request::get(format!("/api/v1/{}", kind.plural())).header(HOST, address);
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| refused(error.to_string()))?;
        let response = sender.send_request(request).await.map_err(|error| unreachable(error.to_string()))?;
        let status = response.status();
        let body = response.into_body().collect().await.map_err(|error| unreachable(error.to_string()))?;
        let body = body.to_bytes();
        if !status.is_success() {
            return Err(refused(format!("{status}: {}", String::from_utf8_lossy(&body).trim())));
        }
        serde_json::from_slice(&body).map_err(|error| refused(error.to_string()))
    };
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(unreachable("it takes too long".to_owned())))
}

fn items(mut list: Value) -> Vec<Value> {
    match list.get_mut("items").map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

fn whole(objects: &[Value], named: bool) -> Value {
    match objects {
        [one] if named => one.clone(),
        all => json!({"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}, "items": all}),
    }
}

/// The object with the time of its making. A pod of a node alone has none: it is as old as the node knows it.
fn aged(mut object: Value) -> Value {
    let seen = text(&object, "/metadata/annotations/kubernetes.io~1config.seen").to_owned();
    if let Some((seconds, _)) = seen.split_once('.') {
        object["metadata"]["creationTimestamp"] = format!("{seconds}Z").into();
    }
    object
}

fn name(object: &Value) -> &str {
    text(object, "/metadata/name")
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn now() -> UnixSeconds {
    UnixSeconds(Clock::start().now().since_zero().as_secs())
}
