//! `$((...))`: whole numbers, `+ - * / %`, comparisons, brackets, names.

use super::machine::Vars;

pub(super) fn evaluate(text: &str, vars: &Vars) -> i64 {
    let mut reader = Reader { text: text.as_bytes(), at: 0, vars, depth: super::MAX_DEPTH };
    reader.comparison()
}

struct Reader<'a> {
    text: &'a [u8],
    at: usize,
    vars: &'a Vars,
    depth: u32,
}

impl Reader<'_> {
    fn eat(&mut self, op: &str) -> bool {
        while self.text.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        let found = self.text[self.at.min(self.text.len())..].starts_with(op.as_bytes());
        self.at += if found { op.len() } else { 0 };
        found
    }

    fn comparison(&mut self) -> i64 {
        let mut left = self.sum();
        loop {
            left = if self.eat("==") {
                i64::from(left == self.sum())
            } else if self.eat("!=") {
                i64::from(left != self.sum())
            } else if self.eat("<=") {
                i64::from(left <= self.sum())
            } else if self.eat(">=") {
                i64::from(left >= self.sum())
            } else if self.eat("<") {
                i64::from(left < self.sum())
            } else if self.eat(">") {
                i64::from(left > self.sum())
            } else {
                return left;
            };
        }
    }

    fn sum(&mut self) -> i64 {
        let mut left = self.product();
        loop {
            if self.eat("+") {
                left = left.wrapping_add(self.product());
            } else if self.eat("-") {
                left = left.wrapping_sub(self.product());
            } else {
                return left;
            }
        }
    }

    fn product(&mut self) -> i64 {
        let mut left = self.value();
        loop {
            if self.eat("*") {
                left = left.wrapping_mul(self.value());
            } else if self.eat("/") {
                left = left.checked_div(self.value()).unwrap_or(0);
            } else if self.eat("%") {
                left = left.checked_rem(self.value()).unwrap_or(0);
            } else {
                return left;
            }
        }
    }

    fn value(&mut self) -> i64 {
        if self.depth == 0 {
            return 0;
        }
        self.depth -= 1;
        let value = if self.eat("(") {
            let inner = self.comparison();
            self.eat(")");
            inner
        } else if self.eat("-") {
            self.value().wrapping_neg()
        } else {
            let start = self.at;
            while self.text.get(self.at).is_some_and(|c| c.is_ascii_alphanumeric() || *c == b'_') {
                self.at += 1;
            }
            let word = String::from_utf8_lossy(&self.text[start.min(self.at)..self.at]).into_owned();
            word.parse().unwrap_or_else(|_| self.vars.get(&*word).and_then(|v| v.parse().ok()).unwrap_or(0))
        };
        self.depth += 1;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_have_their_usual_meaning() {
        let vars = Vars::from_iter([("n".into(), "4".into())]);
        let cases = [
            ("1+2*3", 7),
            ("(1 + 2) * 3", 9),
            ("n % 3", 1),
            ("n/0", 0),
            ("-n + 1", -3),
            ("n >= 4", 1),
            ("", 0),
            ("((", 0),
        ];
        for (text, value) in cases {
            assert_eq!(evaluate(text, &vars), value, "{text}");
        }
    }
}
