//! A whole object, kept small: a node holds one for each pod and looks into it seldom.

use std::{collections::VecDeque, sync::Arc};

use super::{Pod, PodSpec};
use crate::manifest::{
    json,
    tree::{Node, Value},
};

/// An object as JSON text. A tree that knows its places takes about ten times as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Without its spec.
    rest: Arc<str>,
    /// Its spec, which other pods may have too; empty without one.
    spec: Arc<str>,
}

impl Whole {
    /// Keeps an object; the places of its values are forgotten.
    #[must_use]
    pub fn of(mut object: Node) -> Self {
        let spec = object.get("spec").map(json::encode).unwrap_or_default();
        object.remove("spec");
        Self { rest: json::encode(&object).into(), spec: spec.into() }
    }

    /// An object without fields.
    #[must_use]
    pub fn empty() -> Self {
        Self { rest: "{}".into(), spec: "".into() }
    }

    /// The object as a tree, made anew at each call.
    #[must_use]
    pub fn tree(&self) -> Node {
        let read = |text: &str| {
            json::load(text.as_bytes()).map_or_else(|_| Node::synthetic(Value::Null), |loaded| loaded.root)
        };
        let mut object = read(&self.rest);
        if !self.spec.is_empty() {
            object.set("spec", read(&self.spec).value);
        }
        object
    }
}

/// The specs that were read last. Pods of one folder often differ in nothing but their names: these share theirs.
#[derive(Clone, Debug, Default)]
pub struct Specs(VecDeque<(Arc<str>, Arc<PodSpec>)>);

impl Specs {
    const KEPT: usize = 16;

    /// Lets a pod share the spec of one that was read before, if that is the same.
    pub fn share(&mut self, pod: &mut Pod) {
        let own = &pod.object.spec;
        if let Some((text, spec)) = self.0.iter().find(|(text, spec)| text == own && *spec == pod.spec) {
            pod.object.spec = Arc::clone(text);
            pod.spec = Arc::clone(spec);
            return;
        }
        if self.0.len() == Self::KEPT {
            self.0.pop_front();
        }
        self.0.push_back((Arc::clone(own), Arc::clone(&pod.spec)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::{load, print};

    #[test]
    fn what_is_kept_is_what_was_given() {
        let text = "z: 1\na: [true, null, -7, 18446744073709551615, 1.5]\nm: {k: \"<ü\\u2028\\\"\\n🐚>\"}\nspec: {b: [], a: {}}\n";
        let tree = load(text.as_bytes()).unwrap().root;
        assert_eq!(print::to_json(&Whole::of(tree.clone()).tree()), print::to_json(&tree));
        assert_eq!(Whole::of(Whole::of(tree.clone()).tree()), Whole::of(tree));
        assert!(Whole::empty().tree().fields().is_empty());
    }
}
