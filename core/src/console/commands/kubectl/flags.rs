//! A command line of `kubectl` as its verb understands it, and what is said about one that it does not. Follows `spf13/pflag`.

use super::{
    super::Reply,
    verbs::{PLAIN, VALUED, Verb},
};

/// A verb with its words.
pub(super) struct Call<'w> {
    pub(super) verb: &'static str,
    /// Flags by their long names, with their values.
    flags: Vec<(&'static str, &'w str)>,
    /// The words that are no flags.
    pub(super) rest: Vec<&'w str>,
    /// All words.
    words: Vec<&'w str>,
    /// How many words stand before `--`, when there is one.
    pub(super) dash: Option<usize>,
}

/// A flag of a table.
#[derive(Clone, Copy)]
struct Flag {
    long: &'static str,
    short: Option<char>,
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Number,
    Switch,
    /// Without a value, or with one behind `=`.
    Optional,
}

impl Flag {
    fn of(text: &'static str, valued: bool) -> Self {
        let (name, short) = text.split_once('/').unwrap_or((text, ""));
        let long = name.trim_end_matches(['#', '=']);
        let shape = match (valued, &name[long.len()..]) {
            (true, "#") => Shape::Number,
            (true, _) => Shape::Text,
            (false, "=") => Shape::Optional,
            (false, _) => Shape::Switch,
        };
        Self { long, short: short.chars().next(), shape }
    }

    /// As messages name it: `-w, --watch`.
    fn shown(self) -> String {
        self.short.map_or(format!("--{}", self.long), |short| format!("-{short}, --{}", self.long))
    }

    /// What is wrong with a value of it.
    fn misfit(self, value: &str) -> Option<String> {
        let (parse, fits) = match self.shape {
            Shape::Text | Shape::Optional => return None,
            Shape::Number => ("ParseInt", value.parse::<i64>().is_ok()),
            Shape::Switch => {
                ("ParseBool", matches!(value, "true" | "false" | "1" | "0" | "t" | "f" | "True" | "False"))
            }
        };
        let shown = self.shown();
        (!fits).then(|| {
            format!("invalid argument \"{value}\" for \"{shown}\" flag: strconv.{parse}: parsing \"{value}\": invalid syntax")
        })
    }
}

fn all(verb: &Verb) -> impl Iterator<Item = Flag> {
    let valued = VALUED.iter().chain(verb.valued).map(|text| Flag::of(text, true));
    valued.chain(PLAIN.iter().chain(verb.plain).map(|text| Flag::of(text, false)))
}

/// The long names of a verb's flags, with the dashes.
pub(super) fn names(verb: &Verb) -> Vec<String> {
    all(verb).map(|flag| format!("--{}", flag.long)).collect()
}

/// Whether a word before the verb takes the word behind it.
pub(super) fn takes_next(word: &str) -> bool {
    let flags = VALUED.iter().map(|text| Flag::of(text, true));
    flags.into_iter().any(|flag| {
        word.strip_prefix("--") == Some(flag.long)
            || flag.short.is_some_and(|short| word.strip_prefix('-') == Some(short.to_string().as_str()))
    })
}

impl<'w> Call<'w> {
    pub(super) fn parse(verb: &'static Verb, words: &[&'w str]) -> Result<Self, Reply> {
        let failed = |text: String| {
            Reply::failed(format!("error: {text}\nSee 'kubectl {} --help' for usage.", verb.name))
        };
        let mut call =
            Self { verb: verb.name, flags: Vec::new(), rest: Vec::new(), words: words.to_vec(), dash: None };
        let mut words = words.iter().copied();
        while let Some(word) = words.next() {
            if word == "--" {
                call.dash = Some(call.rest.len());
                call.rest.extend(words);
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                let (name, value) =
                    long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                let Some(flag) = all(verb).find(|flag| flag.long == name) else {
                    return Err(failed(format!("unknown flag: --{name}")));
                };
                let needs = matches!(flag.shape, Shape::Text | Shape::Number);
                let value = if needs { value.or_else(|| words.next()) } else { value.or(Some("")) };
                let Some(value) = value else {
                    return Err(failed(format!("flag needs an argument: --{name}")));
                };
                call.put(flag, value).map_err(failed)?;
            } else if word.len() > 1 && word.starts_with('-') {
                call.shorts(verb, word, &mut words).map_err(failed)?;
            } else {
                call.rest.push(word);
            }
        }
        Ok(call)
    }

    /// Short flags, which may stand together: `-it`, `-nkube-system`.
    fn shorts(
        &mut self,
        verb: &'static Verb,
        word: &'w str,
        words: &mut impl Iterator<Item = &'w str>,
    ) -> Result<(), String> {
        let mut rest = &word[1..];
        while let Some(c) = rest.chars().next() {
            rest = &rest[c.len_utf8()..];
            let Some(flag) = all(verb).find(|flag| flag.short == Some(c)) else {
                return Err(format!("unknown shorthand flag: '{c}' in {word}"));
            };
            if matches!(flag.shape, Shape::Text | Shape::Number) {
                let given = (!rest.is_empty()).then(|| rest.trim_start_matches('='));
                let value = given.or_else(|| words.next());
                let value = value.ok_or_else(|| format!("flag needs an argument: '{c}' in -{c}"))?;
                return self.put(flag, value);
            }
            if let Some(value) = rest.strip_prefix('=') {
                return self.put(flag, value);
            }
            self.put(flag, "")?;
        }
        Ok(())
    }

    fn put(&mut self, flag: Flag, value: &'w str) -> Result<(), String> {
        if flag.shape == Shape::Switch {
            let value = if value.is_empty() { "true" } else { value };
            if let Some(text) = flag.misfit(value) {
                return Err(text);
            }
            // What is switched off is not there, but for the one that is on from the beginning.
            if matches!(value, "false" | "0" | "f" | "False") && flag.long != "wait" && flag.long != "watch" {
                return Ok(());
            }
        }
        if let Some(text) = flag.misfit(value).filter(|_| flag.shape == Shape::Number) {
            return Err(text);
        }
        self.flags.push((flag.long, value));
        Ok(())
    }

    /// All words, to be read again later.
    pub(super) fn words(&self) -> Vec<String> {
        self.words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Whether a flag is there.
    pub(super) fn has(&self, long: &str) -> bool {
        self.flags.iter().any(|(flag, value)| *flag == long && *value != "false")
    }

    /// The value of a flag; the last one counts.
    pub(super) fn value(&self, long: &str) -> Option<&'w str> {
        self.values(long).last()
    }

    /// The values of a flag that may be there several times.
    pub(super) fn values(&self, long: &str) -> impl Iterator<Item = &'w str> {
        self.flags.iter().filter(move |(flag, _)| *flag == long).map(|(_, value)| *value)
    }

    /// The whole number that a flag has.
    pub(super) fn number(&self, long: &str) -> Option<i64> {
        self.value(long).and_then(|text| text.parse().ok())
    }

    pub(super) fn namespace(&self) -> &'w str {
        self.value("namespace").unwrap_or("default")
    }

    /// An error that points to the verb's help.
    pub(super) fn misused(&self, text: &str) -> Reply {
        Reply::failed(format!("error: {text}\nSee 'kubectl {} -h' for help and examples", self.verb))
    }

    /// Whether nothing is to be changed, and how that is shown.
    pub(super) fn dry_run(&self) -> Result<Option<&'static str>, Reply> {
        match self.value("dry-run") {
            None | Some("none") => Ok(None),
            Some("client" | "") => Ok(Some(" (dry run)")),
            Some("server") => Ok(Some(" (server dry run)")),
            Some(other) => Err(Reply::failed(format!(
                "error: Invalid dry-run value ({other}). Must be \"none\", \"server\", or \"client\"."
            ))),
        }
    }
}
