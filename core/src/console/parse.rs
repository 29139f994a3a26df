//! From a line to commands: words, quotes, variables, pipes, redirections, here-documents.

use std::{collections::BTreeMap, fmt};

/// Commands that are joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// Whether it runs only when the one before went well.
    pub(super) if_good: bool,
    /// Each reads what the one before wrote.
    pub(super) commands: Vec<Command>,
}

/// A command with its words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Command {
    pub(super) words: Vec<String>,
    /// Where its output goes: the file, and whether it is put at its end.
    pub(super) out: Option<(String, bool)>,
    /// What it reads: a here-document.
    pub(super) here: Option<String>,
    /// The file that it reads.
    pub(super) input: Option<String>,
    /// Whether its errors are not to be seen.
    pub(super) quiet: bool,
}

/// Why a line cannot be understood. `Display` is what a shell says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum BadLine {
    Unclosed(char),
    Unexpected(String),
    NoDocument(String),
}

impl fmt::Display for BadLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unclosed(quote) => {
                write!(f, "bash: unexpected EOF while looking for matching `{quote}'")
            }
            Self::Unexpected(token) => write!(f, "bash: syntax error near unexpected token `{token}'"),
            Self::NoDocument(end) => {
                write!(f, "bash: here-document delimited by end-of-file (wanted `{end}')")
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["2>/dev/null", "2>&1", "<<", ">>", "&&", "|", ";", ">", "<"];

/// Reads a line.
pub(super) fn parse(text: &str) -> Result<Vec<Pipeline>, BadLine> {
    let (line, mut documents) = text.split_once('\n').unwrap_or((text, ""));
    let mut pipelines = Vec::new();
    let mut pipeline = Pipeline { if_good: false, commands: Vec::new() };
    let mut command = Command::default();
    let mut tokens = tokens(line)?.into_iter();
    while let Some(token) = tokens.next() {
        let sign = match token {
            Token::Word(word) => {
                command.words.push(word);
                continue;
            }
            Token::Sign(sign) => sign,
        };
        let mut file = || match tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(Token::Sign(sign)) => Err(BadLine::Unexpected(sign.to_owned())),
            None => Err(BadLine::Unexpected("newline".to_owned())),
        };
        match sign {
            "2>/dev/null" => command.quiet = true,
            "2>&1" => {}
            ">" | ">>" => command.out = Some((file()?, sign == ">>")),
            "<" => command.input = Some(file()?),
            "<<" => {
                let end = file()?;
                let (document, rest) = document(documents, &end)?;
                command.here = Some(document);
                documents = rest;
            }
            sign => {
                if command.words.is_empty() {
                    return Err(BadLine::Unexpected(sign.to_owned()));
                }
                pipeline.commands.push(std::mem::take(&mut command));
                if sign != "|" {
                    let next = Pipeline { if_good: sign == "&&", commands: Vec::new() };
                    pipelines.push(std::mem::replace(&mut pipeline, next));
                }
            }
        }
    }
    if !command.words.is_empty() {
        pipeline.commands.push(command);
    } else if pipeline.if_good || !pipeline.commands.is_empty() {
        return Err(BadLine::Unexpected("newline".to_owned()));
    }
    if !pipeline.commands.is_empty() {
        pipelines.push(pipeline);
    }
    Ok(pipelines)
}

/// The lines until the one that is `end`, and what follows.
fn document<'a>(text: &'a str, end: &str) -> Result<(String, &'a str), BadLine> {
    let mut document = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        if line == end {
            return Ok((document, after));
        }
        document.push_str(line);
        document.push('\n');
        rest = after;
    }
    Err(BadLine::NoDocument(end.to_owned()))
}

fn tokens(line: &str) -> Result<Vec<Token>, BadLine> {
    let mut tokens = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign));
        // `2>` means the second output only where a word begins.
        let sign = sign.filter(|sign| word.is_none() || !sign.starts_with('2'));
        if let Some(sign) = sign {
            tokens.extend(word.take().map(Token::Word));
            tokens.push(Token::Sign(sign));
            rest = &rest[sign.len()..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            ' ' | '\t' => tokens.extend(word.take().map(Token::Word)),
            '#' if word.is_none() => break,
            '\'' | '"' => {
                let (inner, after) = quoted(rest, c)?;
                word.get_or_insert_default().push_str(&inner);
                rest = after;
            }
            '$' => {
                let (marked, after) = variable(rest);
                word.get_or_insert_default().push_str(&marked);
                rest = after;
            }
            '\\' => {
                let next = rest.chars().next();
                word.get_or_insert_default().extend(next);
                rest = &rest[next.map_or(0, char::len_utf8)..];
            }
            c => word.get_or_insert_default().push(c),
        }
    }
    tokens.extend(word.map(Token::Word));
    Ok(tokens)
}

/// Between these stands the name of a variable, until its command runs.
const VARIABLE: [char; 2] = ['\u{e000}', '\u{e001}'];

/// The variable that `text` begins with, marked, and what follows its name. A `$` before something else is only that.
fn variable(text: &str) -> (String, &str) {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let marked = |name: &str| format!("{}{name}{}", VARIABLE[0], VARIABLE[1]);
    let braced = text.strip_prefix('{').and_then(|inner| inner.split_once('}'));
    if let Some((name, after)) = braced.filter(|(name, _)| !name.is_empty() && name.chars().all(is_name)) {
        return (marked(name), after);
    }
    let end = text.find(|c: char| !is_name(c)).unwrap_or(text.len());
    if end == 0 || text.starts_with(|c: char| c.is_ascii_digit()) {
        return ("$".to_owned(), text);
    }
    (marked(&text[..end]), &text[end..])
}

/// A word with the values of its variables; `None` when nothing is left of it but them, and they are empty.
pub(super) fn expanded(word: &str, vars: &BTreeMap<String, String>) -> Option<String> {
    let mut parts = word.split(VARIABLE[0]);
    let mut all = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, after) = part.split_once(VARIABLE[1]).unwrap_or((part, ""));
        all.push_str(vars.get(name).map_or("", String::as_str));
        all.push_str(after);
    }
    (!all.is_empty() || word.is_empty()).then_some(all)
}

/// What is in quotes, and what follows them.
fn quoted(text: &str, quote: char) -> Result<(String, &str), BadLine> {
    let mut inner = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((inner, &text[at + 1..])),
            '$' if quote == '"' => {
                let (marked, after) = variable(&text[at + 1..]);
                let (rest, after) = quoted(after, quote)?;
                return Ok((inner + &marked + &rest, after));
            }
            '\\' if quote == '"' => match chars.next() {
                Some((_, next @ ('"' | '\\' | '$' | '`'))) => inner.push(next),
                Some((_, next)) => inner.extend(['\\', next]),
                None => break,
            },
            c => inner.push(c),
        }
    }
    Err(BadLine::Unclosed(quote))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(line: &str) -> Vec<Vec<String>> {
        let pipelines = parse(line).unwrap();
        pipelines.into_iter().flat_map(|it| it.commands).map(|it| it.words).collect()
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(words(r#"echo 'a b' "c \"d\"" e\ f # no"#), [["echo", "a b", "c \"d\"", "e f"]]);
    }

    #[test]
    fn variables_have_values_outside_of_single_quotes() {
        let vars = BTreeMap::from([("HOME".to_owned(), "/srv".to_owned())]);
        let words = words("cp $HOME/a ${HOME}b \"x $HOME\" '$HOME' $NO \\$HOME $1 $(id)");
        let words: Vec<String> = words[0].iter().filter_map(|word| expanded(word, &vars)).collect();
        assert_eq!(words, ["cp", "/srv/a", "/srvb", "x /srv", "$HOME", "$HOME", "$1", "$(id)"]);
    }

    #[test]
    fn a_here_document_ends_at_its_word() {
        let parsed = parse("cat <<EOF > x | wc\na: 1\nEOF\n").unwrap();
        assert_eq!(parsed[0].commands[0].here.as_deref(), Some("a: 1\n"));
        assert_eq!(parsed[0].commands[0].out, Some(("x".to_owned(), false)));
        assert_eq!(parsed[0].commands.len(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_told() {
        let bad = |line: &str| parse(line).unwrap_err().to_string();
        assert_eq!(bad("echo 'a"), "bash: unexpected EOF while looking for matching `''");
        assert_eq!(bad("| x"), "bash: syntax error near unexpected token `|'");
        assert_eq!(bad("a &&"), "bash: syntax error near unexpected token `newline'");
        assert_eq!(bad("cat <<EOF\nx"), "bash: here-document delimited by end-of-file (wanted `EOF')");
    }
}
