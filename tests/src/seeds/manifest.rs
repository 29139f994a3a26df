//! Random manifests, and what should finally become of them: the reference model.
//!
//! The model is written from the manifest's meaning alone. It calls nothing of what the core decides with.

use std::fmt::Write as _;

use standfast_core::view::Phase;

use super::dice::Dice;

/// Whether ended containers are started again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// Whatever the code.
    Always,
    /// When the code is not 0.
    OnFailure,
    /// Never.
    Never,
}

/// What a container's process does when nobody disturbs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It runs until it is asked to end; the words are those of the image `lab`.
    Run(&'static str),
    /// It ends with this code after so many seconds.
    End(u8, u8),
}

/// One container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    name: String,
    life: Life,
    /// Whether its readiness probe passes, when it has one.
    readiness: Option<bool>,
    /// Whether its liveness probe passes, when it has one.
    liveness: Option<bool>,
    post_start: bool,
    pre_stop: bool,
}

/// One pod as a manifest asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The pod's name, without the node's.
    pub name: String,
    /// Makes two versions of one pod differ.
    pub version: u64,
    policy: Policy,
    grace: u64,
    inits: Vec<Member>,
    sidecars: Vec<Member>,
    members: Vec<Member>,
}

/// What becomes of one container in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It runs for good.
    Runs,
    /// It ends again and again.
    Loops,
    /// It has ended with this code for good.
    Ended(u8),
    /// It is never started, or no longer runs.
    Absent,
}

/// What becomes of a pod in the end, when nobody disturbs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prophecy {
    /// Its phase.
    pub phase: Phase,
    /// Its containers by name.
    pub fates: Vec<(String, Fate)>,
    /// How many count as ready; unknown while one of them loops.
    pub ready: Option<u32>,
}

fn one_of<T: Copy>(dice: &mut Dice, from: &[T]) -> T {
    from[usize::try_from(dice.below(from.len() as u64)).unwrap_or(0)]
}

impl Asked {
    /// A random pod of this name.
    pub fn random(dice: &mut Dice, name: &str, version: u64) -> Self {
        let policy = one_of(dice, &[Policy::Always, Policy::Always, Policy::OnFailure, Policy::Never]);
        let inits = if dice.below(4) == 0 { 1 + dice.below(2) } else { 0 };
        let inits = (0..inits).map(|at| Member::init(dice, at)).collect();
        let sidecars = u64::from(dice.below(4) == 0);
        let sidecars = (0..sidecars).map(|at| Member::plain(&format!("s{at}"), Life::Run("run"))).collect();
        let members = (0..=dice.below(3)).map(|at| Member::random(dice, policy, at)).collect();
        Self { name: name.to_owned(), version, policy, grace: 1 + dice.below(5), inits, sidecars, members }
    }

    /// The manifest.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {}\n  labels: {{version: 'v{}'}}\nspec:\n  \
             terminationGracePeriodSeconds: {}\n  restartPolicy: {:?}\n",
            self.name, self.version, self.grace, self.policy
        );
        if !self.inits.is_empty() || !self.sidecars.is_empty() {
            text.push_str("  initContainers:\n");
        }
        self.inits.iter().for_each(|it| it.write(&mut text, false));
        self.sidecars.iter().for_each(|it| it.write(&mut text, true));
        text.push_str("  containers:\n");
        self.members.iter().for_each(|it| it.write(&mut text, false));
        text
    }

    /// What becomes of it.
    #[must_use]
    pub fn prophecy(&self) -> Prophecy {
        let mut fates = Vec::new();
        for (at, init) in self.inits.iter().enumerate() {
            let Life::End(code, _) = init.life else { continue };
            if code == 0 {
                fates.push((init.name.clone(), Fate::Ended(0)));
                continue;
            }
            let never = self.policy == Policy::Never;
            fates.push((init.name.clone(), if never { Fate::Ended(code) } else { Fate::Loops }));
            let later = self.inits[at + 1..].iter().chain(&self.sidecars).chain(&self.members);
            fates.extend(later.map(|it| (it.name.clone(), Fate::Absent)));
            let phase = if never { Phase::Failed } else { Phase::Pending };
            return Prophecy { phase, fates, ready: Some(0) };
        }
        let own: Vec<Fate> = self.members.iter().map(|it| it.fate(self.policy)).collect();
        let over = own.iter().all(|fate| matches!(fate, Fate::Ended(_)));
        let sidecar = if over { Fate::Absent } else { Fate::Runs };
        fates.extend(self.sidecars.iter().map(|it| (it.name.clone(), sidecar)));
        fates.extend(self.members.iter().map(|it| it.name.clone()).zip(own.iter().copied()));
        let phase = match (over, own.iter().all(|fate| *fate == Fate::Ended(0))) {
            (true, true) => Phase::Succeeded,
            (true, false) => Phase::Failed,
            (false, _) => Phase::Running,
        };
        let is_ready = |it: &&Member| it.fate(self.policy) == Fate::Runs && it.readiness != Some(false);
        let ready = self.members.iter().filter(is_ready).count() + if over { 0 } else { self.sidecars.len() };
        let ready = (!own.contains(&Fate::Loops)).then(|| u32::try_from(ready).unwrap_or(u32::MAX));
        Prophecy { phase, fates, ready }
    }

    /// Whether whatever is done to it heals: with any other policy a container that was ended from outside stays as it is.
    #[must_use]
    pub fn heals(&self) -> bool {
        self.policy == Policy::Always
    }
}

impl Member {
    fn plain(name: &str, life: Life) -> Self {
        Self {
            name: name.to_owned(),
            life,
            readiness: None,
            liveness: None,
            post_start: false,
            pre_stop: false,
        }
    }

    fn init(dice: &mut Dice, at: u64) -> Self {
        let code = u8::from(dice.below(6) == 0);
        Self::plain(&format!("i{at}"), Life::End(code, one_of(dice, &[0, 1, 4])))
    }

    fn random(dice: &mut Dice, policy: Policy, at: u64) -> Self {
        let life = match dice.below(8) {
            0..4 => Life::Run("run"),
            4 => Life::Run(one_of(dice, &["ignore-term", "slow-stop, 3s"])),
            _ => Life::End(one_of(dice, &[0, 1, 3]), one_of(dice, &[0, 1, 5, 20])),
        };
        let runs = matches!(life, Life::Run(_));
        let mut rarely = |of: u64| dice.below(of) == 0;
        let readiness = (runs && rarely(5)).then(|| !rarely(3));
        let liveness = (runs && rarely(5)).then(|| policy != Policy::Always || !rarely(3));
        let (post_start, pre_stop) = (runs && rarely(6), rarely(6));
        Self { name: format!("c{at}"), life, readiness, liveness, post_start, pre_stop }
    }

    fn fate(&self, policy: Policy) -> Fate {
        match (self.life, policy) {
            (Life::Run(_), _) if self.liveness == Some(false) => Fate::Loops,
            (Life::Run(_), _) => Fate::Runs,
            (Life::End(..), Policy::Always) => Fate::Loops,
            (Life::End(0, _), _) => Fate::Ended(0),
            (Life::End(..), Policy::OnFailure) => Fate::Loops,
            (Life::End(code, _), Policy::Never) => Fate::Ended(code),
        }
    }

    fn write(&self, text: &mut String, sidecar: bool) {
        let args = match self.life {
            Life::Run(words) => words.to_owned(),
            Life::End(code, 0) => format!("exit, '{code}'"),
            Life::End(code, after) => format!("exit, '{code}', --after, {after}s"),
        };
        // A string takes whatever is written to it.
        let _ = writeln!(text, "  - name: {}\n    image: 'lab:1'\n    args: [{args}]", self.name);
        if sidecar {
            text.push_str("    restartPolicy: Always\n");
        }
        for (kind, passes) in [("readiness", self.readiness), ("liveness", self.liveness)] {
            if let Some(passes) = passes {
                let code = u8::from(!passes);
                let _ = writeln!(
                    text,
                    "    {kind}Probe: {{periodSeconds: 10, exec: {{command: [sh, -c, exit {code}]}}}}"
                );
            }
        }
        if self.post_start || self.pre_stop {
            text.push_str("    lifecycle:\n");
        }
        if self.post_start {
            text.push_str("      postStart: {exec: {command: [sh, -c, exit 0]}}\n");
        }
        if self.pre_stop {
            text.push_str("      preStop: {exec: {command: [sh, -c, sleep 1]}}\n");
        }
    }
}
