//! From words to arguments.

use super::{
    Io, Machine, Program, arithmetic,
    lex::{Part, Word},
};

impl Machine {
    /// The fields of all words.
    pub(super) fn fields(&mut self, words: &[Word], io: &mut Io<'_>) -> Vec<String> {
        let mut fields = Vec::new();
        for word in words {
            self.expand_word(word, &mut fields, io);
        }
        fields
    }

    /// A word as one text, whatever spaces are in it.
    pub(super) fn text(&mut self, word: &Word, io: &mut Io<'_>) -> String {
        let mut text = String::new();
        for part in &word.0 {
            text.push_str(&self.part(part, io));
        }
        text
    }

    fn expand_word(&mut self, word: &Word, fields: &mut Vec<String>, io: &mut Io<'_>) {
        let (mut current, mut present) = (String::new(), false);
        for part in &word.0 {
            if matches!(part, Part::Var { name, quoted: true, .. } if name == "@") {
                let args = self.args.get(1..).unwrap_or_default().to_vec();
                for (n, arg) in args.iter().enumerate() {
                    if n > 0 {
                        fields.push(std::mem::take(&mut current));
                    }
                    current.push_str(arg);
                    present = true;
                }
                continue;
            }
            let text = self.part(part, io);
            let split = matches!(part, Part::Var { quoted: false, .. } | Part::Command { quoted: false, .. });
            if !split {
                present |= !text.is_empty() || matches!(part, Part::Text(_, true));
                current.push_str(&text);
                continue;
            }
            for (n, piece) in text.split([' ', '\t', '\n']).enumerate() {
                if n > 0 && (present || !current.is_empty()) {
                    fields.push(std::mem::take(&mut current));
                    present = false;
                }
                current.push_str(piece);
            }
        }
        if present || !current.is_empty() {
            fields.push(current);
        }
    }

    fn part(&mut self, part: &Part, io: &mut Io<'_>) -> String {
        match part {
            Part::Text(text, _) => text.clone(),
            Part::Var { name, default, .. } => match (self.variable(name), default) {
                (Some(value), Some(_)) if !value.is_empty() => value,
                (_, Some(default)) => self.text(default, io),
                (value, None) => value.unwrap_or_default(),
            },
            Part::Command { program, .. } => self.substitute(program, io),
            Part::Arithmetic(word) => {
                let text = self.text(word, io);
                arithmetic::evaluate(&text, &self.vars).to_string()
            }
        }
    }

    fn variable(&self, name: &str) -> Option<String> {
        match name {
            "?" => Some(self.status.to_string()),
            "$" => Some(self.pid.to_string()),
            "!" => self.jobs.last().map(|job| job.pid.to_string()),
            "#" => Some(self.args.len().saturating_sub(1).to_string()),
            "@" | "*" => self.args.get(1..).map(|args| args.join(" ")),
            _ => match name.parse::<usize>() {
                Ok(n) => self.args.get(n).cloned(),
                Err(_) => self.vars.get(name).map(ToString::to_string),
            },
        }
    }

    /// What a command that ends at once writes.
    fn substitute(&mut self, program: &std::sync::Arc<Program>, io: &mut Io<'_>) -> String {
        let Some(mut child) = self.child(program, 0, program.ops.len()) else { return String::new() };
        child.capture();
        child.advance(io);
        self.status = child.ended().unwrap_or(1);
        let mut text = child.captured();
        text.truncate(text.trim_end_matches('\n').len());
        text
    }
}
