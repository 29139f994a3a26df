//! `lab`: an image whose arguments say how it behaves. The same grammar is a shell script for real engines (`tests/lab/lab`).
//!
//! | arguments | behaviour |
//! |---|---|
//! | none, or `run` | runs until it is asked to end, then exits 0 |
//! | `serve PORT` | as `run`, and answers HTTP on the port |
//! | `serve PORT --fail-after TIME` | and answers 404 from then on |
//! | `exit CODE` | exits at once |
//! | `exit CODE --after TIME` | exits after that time; asked to end, exits 0 |
//! | `sleep TIME` | exits 0 after that time; asked to end, exits 0 |
//! | `ignore-term` | runs and does not listen: only KILL ends it |
//! | `slow-stop TIME` | asked to end, takes that time, then exits 0 |
//! | `crash` | `exit 1` |
//! | `crash --after TIME` | `exit 1 --after TIME` |
//! | any, with `--print TEXT` | writes the text first |
//!
//! A TIME is a number with `s`, `m` or `h`, or a bare number of seconds. Each start writes `lab: ` and the arguments to its log, each
//! stop `lab: asked to end`.

use std::{fmt, sync::Arc, time::Duration};

/// Why arguments of `lab` mean nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LabError {
    /// No such behaviour.
    Unknown(Arc<str>),
    /// The behaviour needs one more argument.
    Missing(&'static str),
    /// Not a time, a port or a code.
    Invalid(Arc<str>),
}

impl fmt::Display for LabError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(word) => write!(
                f,
                "unknown behaviour '{word}': use run, serve, exit, sleep, ignore-term, slow-stop or crash"
            ),
            Self::Missing(what) => write!(f, "{what} is missing"),
            Self::Invalid(word) => write!(f, "'{word}' is no time, port or code"),
        }
    }
}

/// The shell script that behaves so.
pub(super) fn script(args: &[String]) -> Result<String, LabError> {
    const TERM: &str = "trap 'echo lab: asked to end; exit 0' TERM\n";
    let mut words = Vec::new();
    let (mut after, mut fail_after, mut print) = (None, None, None);
    let mut rest = args.iter();
    while let Some(word) = rest.next() {
        match word.as_str() {
            "--after" => after = Some(time(rest.next())?),
            "--fail-after" => fail_after = Some(time(rest.next())?),
            "--print" => print = Some(rest.next().ok_or(LabError::Missing("a text"))?),
            word => words.push(word.to_owned()),
        }
    }
    let mut script = format!("echo {}\n", quoted(&format!("lab: {}", args.join(" "))));
    if let Some(text) = print {
        script.push_str("echo ");
        script.push_str(&quoted(text));
        script.push('\n');
    }
    let behaviour = words.first().map_or("run", String::as_str);
    let operand = words.get(1);
    let rest = match behaviour {
        "run" => format!("{TERM}sleep infinity & wait"),
        "serve" => {
            let port: u16 = number(operand)?;
            let failing = fail_after
                .map(|after| format!("(sleep {after}; rm /www/index.html) &\n"))
                .unwrap_or_default();
            format!(
                "{TERM}mkdir /www; echo ok > /www/index.html\nhttpd -f -p {port} -h /www &\n{failing}wait"
            )
        }
        "exit" | "crash" => {
            let code: u8 = if behaviour == "crash" { 1 } else { number(operand)? };
            match after {
                Some(after) => format!("{TERM}sleep {after} & wait $!\nexit {code}"),
                None => format!("exit {code}"),
            }
        }
        "sleep" => format!("{TERM}sleep {} & wait $!\nexit 0", time(operand)?),
        "ignore-term" => "trap '' TERM\nsleep infinity & wait".to_owned(),
        "slow-stop" => {
            let stop = format!("trap 'echo lab: asked to end; sleep {}; exit 0' TERM\n", time(operand)?);
            format!("{stop}sleep infinity & wait")
        }
        other => return Err(LabError::Unknown(other.into())),
    };
    Ok(script + &rest)
}

fn time(word: Option<&String>) -> Result<String, LabError> {
    let word = word.ok_or(LabError::Missing("a time"))?;
    let seconds = word.parse::<u32>().is_ok();
    match crate::time::parse_duration(word) {
        Some(time) if !seconds => Ok(seconds_of(time)),
        _ if seconds => Ok(word.clone()),
        _ => Err(LabError::Invalid(word.as_str().into())),
    }
}

fn seconds_of(time: Duration) -> String {
    format!("{}.{:03}", time.as_secs(), time.subsec_millis())
}

fn number<T: std::str::FromStr>(word: Option<&String>) -> Result<T, LabError> {
    let word = word.ok_or(LabError::Missing("a number"))?;
    word.parse().map_err(|_| LabError::Invalid(word.as_str().into()))
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<String, LabError> {
        script(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn arguments_become_a_script() {
        assert_eq!(of("exit 3").unwrap(), "echo 'lab: exit 3'\nexit 3");
        assert!(of("crash --after 2s").unwrap().ends_with("sleep 2.000 & wait $!\nexit 1"));
        assert!(of("").unwrap().ends_with("sleep infinity & wait"));
    }

    #[test]
    fn what_means_nothing_says_so() {
        assert_eq!(of("dance").unwrap_err(), LabError::Unknown("dance".into()));
        assert_eq!(of("serve").unwrap_err(), LabError::Missing("a number"));
        assert_eq!(of("exit 300").unwrap_err(), LabError::Invalid("300".into()));
        assert_eq!(of("sleep soon").unwrap_err(), LabError::Invalid("soon".into()));
    }
}
