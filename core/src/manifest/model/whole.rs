//! A whole object, kept small: a node holds one for each pod and looks into it seldom.

use std::sync::Arc;

use crate::manifest::{
    json,
    tree::{Node, Value},
};

/// An object as JSON text. A tree that knows its places takes about ten times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole(Arc<str>);

impl Whole {
    /// Keeps an object; the places of its values are forgotten.
    #[must_use]
    pub fn of(object: &Node) -> Self {
        Self(json::encode(object).into())
    }

    /// An object without fields.
    #[must_use]
    pub fn empty() -> Self {
        Self("{}".into())
    }

    /// The object as a tree, made anew at each call.
    #[must_use]
    pub fn tree(&self) -> Node {
        json::load(self.0.as_bytes()).map_or_else(|_| Node::synthetic(Value::Null), |loaded| loaded.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{load, print};

    #[test]
    fn what_is_kept_is_what_was_given() {
        let text = "z: 1\na: [true, null, -7, 18446744073709551615, 1.5]\nm: {k: \"<ü\\u2028\\\"\\n🐚>\"}\n";
        let tree = load(text.as_bytes()).unwrap().root;
        assert_eq!(print::to_json(&Whole::of(&tree).tree()), print::to_json(&tree));
        assert_eq!(Whole::of(&Whole::of(&tree).tree()), Whole::of(&tree));
        assert!(Whole::empty().tree().fields().is_empty());
    }
}
