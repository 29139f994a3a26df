//! Commands inside running containers, as the kubelet's exec probes see them.

use std::{sync::Arc, time::Duration};

use bollard::{
    container::LogOutput,
    exec::{CreateExecOptions, StartExecOptions, StartExecResults},
    models::ExecInspectResponse,
};
use futures_util::StreamExt as _;
use standfast_core::{
    contract::{Failure, Hooked, Probed},
    id::InstanceId,
    time::GoDuration,
};
use tokio::time::{sleep, timeout};

use super::{
    Shared,
    engine::SHORT,
    process::{self, Ticks},
};
use crate::probe::MOST_OUTPUT;

/// How often a command that has closed its output is asked whether it has ended.
const GLANCE: Duration = Duration::from_millis(20);
/// A command that is being started when its time is up shows itself within this.
const APPEARS: Duration = Duration::from_secs(2);

/// What a command wrote: the kubelet gets the two streams one after the other.
#[derive(Debug, Default)]
struct Output {
    out: Vec<u8>,
    err: Vec<u8>,
}

impl Output {
    fn take(&mut self, piece: LogOutput) {
        let (to, bytes) = match piece {
            LogOutput::StdErr { message } => (&mut self.err, message),
            LogOutput::StdOut { message } | LogOutput::Console { message } | LogOutput::StdIn { message } => {
                (&mut self.out, message)
            }
        };
        let room = MOST_OUTPUT.saturating_sub(to.len()).min(bytes.len());
        to.extend_from_slice(&bytes[..room]);
    }

    fn text(mut self) -> String {
        self.out.append(&mut self.err);
        self.out.truncate(MOST_OUTPUT);
        String::from_utf8_lossy(&self.out).into_owned()
    }
}

impl Shared {
    /// Runs a command in a container and ends it when its time is up.
    pub(super) async fn exec(
        self: &Arc<Self>,
        instance: &InstanceId,
        command: &[Arc<str>],
        limit: Duration,
    ) -> Result<Probed, Failure> {
        let (container, exec) = self.create_exec(instance, command).await?;
        let before = Ticks::now();
        if let Ok(ended) = timeout(limit, self.run_exec(&exec)).await {
            return ended.map(|(output, state)| judge(&state, output));
        }
        self.end_exec(&exec, &container, before).await;
        let words: Vec<_> = command.iter().map(AsRef::as_ref).collect();
        let (words, limit) = (words.join(" "), GoDuration(limit));
        Ok(Probed::Failure(format!("command timed out: {words:?} timed out after {limit}").into()))
    }

    /// Runs a command in a container for a hook. After `patience` it is left to itself.
    pub(super) async fn exec_hook(
        self: &Arc<Self>,
        instance: &InstanceId,
        command: &[Arc<str>],
        patience: Option<Duration>,
    ) -> Result<Hooked, Failure> {
        let (_, exec) = self.create_exec(instance, command).await?;
        let run = self.run_exec(&exec);
        let (output, state) = match patience {
            None => run.await?,
            Some(limit) => match timeout(limit, run).await {
                Ok(ended) => ended?,
                Err(_) => return Ok(Hooked::failed(format!("it takes longer than {}", GoDuration(limit)))),
            },
        };
        Ok(match judge(&state, output) {
            Probed::Success | Probed::Warning(_) => Hooked::Success,
            Probed::Failure(output) => Hooked::exited(command, state.exit_code.unwrap_or(0), output),
            Probed::Error(error) => Hooked::failed(error),
        })
    }

    /// Prepares a command in a container: the container's name in the engine, and the command's.
    async fn create_exec(
        &self,
        instance: &InstanceId,
        command: &[Arc<str>],
    ) -> Result<(String, String), Failure> {
        let missing = || Failure::NotFound(format!("there is no container {instance}"));
        let container = self.container_id(instance).await?.ok_or_else(missing)?;
        let client = self.engine.client(SHORT).await?;
        let options = CreateExecOptions {
            attach_stdout: Some(true),
            attach_stderr: Some(true),
            cmd: Some(command.iter().map(ToString::to_string).collect()),
            ..CreateExecOptions::default()
        };
        let created = client.create_exec(&container, options).await;
        let exec = created.map_err(|error| self.engine.failure(error))?.id;
        Ok((container, exec))
    }

    /// Starts a command and waits until it has ended and closed its output.
    async fn run_exec(&self, exec: &str) -> Result<(Output, ExecInspectResponse), Failure> {
        let client = self.engine.client(SHORT).await?;
        let started = client.start_exec(exec, None::<StartExecOptions>).await;
        let mut output = Output::default();
        if let StartExecResults::Attached { output: mut pieces, .. } =
            started.map_err(|error| self.engine.failure(error))?
        {
            while let Some(piece) = pieces.next().await {
                output.take(piece.map_err(|error| self.engine.failure(error))?);
            }
        }
        loop {
            let state = self.exec_state(exec).await?;
            if state.running != Some(true) {
                return Ok((output, state));
            }
            sleep(GLANCE).await;
        }
    }

    async fn exec_state(&self, exec: &str) -> Result<ExecInspectResponse, Failure> {
        let client = self.engine.client(SHORT).await?;
        client.inspect_exec(exec).await.map_err(|error| self.engine.failure(error))
    }

    /// Ends a command. The engine cannot; the machine can, when it is the engine's.
    async fn end_exec(&self, exec: &str, container: &str, before: Ticks) {
        let found = timeout(APPEARS, async {
            loop {
                let state = self.exec_state(exec).await?;
                match (state.running, state.pid) {
                    (Some(true), Some(pid)) if pid > 0 => return Ok(Some(pid)),
                    (_, _) if state.exit_code.is_some() => return Ok(None),
                    _ => sleep(GLANCE).await,
                }
            }
        });
        let ended = match found.await {
            Ok(Ok(None)) => return,
            Ok(Ok(Some(pid))) => process::end(pid, container, before).map_err(|error| error.to_string()),
            Ok(Err(failure)) => Err(Failure::to_string(&failure)),
            Err(_) => Err("it does not start".to_owned()),
        };
        if let Err(error) = ended {
            tracing::warn!(container, error, "a probe's command is out of time and goes on");
        }
    }
}

/// What the end of a command means.
fn judge(state: &ExecInspectResponse, output: Output) -> Probed {
    let text = output.text();
    match state.exit_code {
        Some(0) => Probed::Success,
        // The engine's own words, not those of a shell that does not find what it should run.
        Some(126..=128) if state.pid.unwrap_or(0) == 0 || text.starts_with("OCI runtime exec failed") => {
            Probed::Error(text.trim().into())
        }
        Some(_) => Probed::Failure(text.into()),
        None => Probed::Error("the engine does not say how the command ended".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: i64, pid: i64, text: &str) -> Probed {
        let state = ExecInspectResponse { exit_code: Some(code), pid: Some(pid), ..Default::default() };
        let mut output = Output::default();
        output.take(LogOutput::StdErr { message: text.to_owned().into() });
        judge(&state, output)
    }

    #[test]
    fn a_command_that_never_ran_says_nothing_about_the_container() {
        assert_eq!(ended(0, 7, "fine"), Probed::Success);
        assert_eq!(ended(1, 7, "no\n"), Probed::Failure("no\n".into()));
        assert_eq!(ended(127, 7, "sh: nope: not found\n"), Probed::Failure("sh: nope: not found\n".into()));
        let words = "OCI runtime exec failed: no such file";
        assert_eq!(ended(126, 0, &format!("{words}\r\n")), Probed::Error(words.into()));
        assert_eq!(ended(127, 7, words), Probed::Error(words.into()));
    }

    #[test]
    fn output_is_the_beginning_of_both_streams_one_after_the_other() {
        let mut output = Output::default();
        output.take(LogOutput::StdErr { message: "err".into() });
        output.take(LogOutput::StdOut { message: "out ".into() });
        assert_eq!(output.text(), "out err");
        let mut output = Output::default();
        for _ in 0..3 {
            output.take(LogOutput::StdOut { message: vec![b'x'; MOST_OUTPUT / 2 + 1].into() });
        }
        assert_eq!(output.text().len(), MOST_OUTPUT);
    }
}
