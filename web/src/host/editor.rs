//! The editor's bundle, which a script of its own brings. Until it has come, and if it never does, a plain text area serves.

use std::rc::Rc;

use gloo::utils::{document, window};
use js_sys::{Array, Object, Reflect};
use standfast_core::manifest::Severity;
use wasm_bindgen::prelude::*;
use web_sys::Element;

use crate::{i18n::Text, model::Problem};

#[wasm_bindgen]
extern "C" {
    /// The bundle's global.
    type Bundle;
    #[wasm_bindgen(method, catch)]
    fn create(this: &Bundle, parent: &Element, text: &str, options: &Object) -> Result<Handle, JsValue>;

    /// One editor.
    type Handle;
    #[wasm_bindgen(method, js_name = setProblems)]
    fn set_problems(this: &Handle, flat: &Array);
    #[wasm_bindgen(method)]
    fn reveal(this: &Handle, at: u32);
    #[wasm_bindgen(method)]
    fn destroy(this: &Handle);
}

/// The name of the event by which the bundle says that it has come.
pub const READY: &str = "standfast-editor";

/// An editor in the document; gone when dropped.
pub struct Editor {
    handle: Handle,
    _on_change: Closure<dyn FnMut(String)>,
    _on_save: Closure<dyn FnMut()>,
}

/// Starts to fetch the bundle. Nothing waits for it: the text area serves until [`READY`] is told.
pub fn fetch() {
    let document = document();
    let tag = document.get_element_by_id("editor-bundle");
    let (Some(tag), Ok(script), Some(head)) = (tag, document.create_element("script"), document.head())
    else {
        return;
    };
    // A bundle that cannot be fetched leaves the text area where it is.
    for name in ["integrity", "src"] {
        if let Some(value) = tag.get_attribute(name) {
            let _ = script.set_attribute(name, &value);
        }
    }
    let _ = head.append_child(&script);
}

/// Whether the bundle has come.
#[must_use]
pub fn ready() -> bool {
    bundle().is_some()
}

impl Editor {
    /// Puts an editor into `parent`; none when the bundle is not there or fails.
    #[must_use]
    pub fn create(
        parent: &Element,
        text: &str,
        label: &str,
        on_change: impl FnMut(String) + 'static,
        on_save: impl FnMut() + 'static,
    ) -> Option<Rc<Self>> {
        let on_change: Closure<dyn FnMut(String)> = Closure::new(on_change);
        let on_save: Closure<dyn FnMut()> = Closure::new(on_save);
        let options = Object::new();
        let entries: [(&str, &JsValue); 4] = [
            ("label", &label.into()),
            ("words", &Object::new()),
            ("onChange", on_change.as_ref()),
            ("onSave", on_save.as_ref()),
        ];
        for (key, value) in entries {
            Reflect::set(&options, &key.into(), value).ok()?;
        }
        let handle = bundle()?.create(parent, text, &options).ok()?;
        Some(Rc::new(Self { handle, _on_change: on_change, _on_save: on_save }))
    }

    /// What there is to say about the text, in the words of a language.
    pub fn set_problems(&self, problems: &[Problem], text: &Text) {
        let flat = Array::new();
        for problem in problems {
            flat.push(&problem.from.into());
            flat.push(&problem.to.into());
            flat.push(&severity(problem.severity).into());
            flat.push(&(text.message)(problem).into());
        }
        self.handle.set_problems(&flat);
    }

    /// Puts the cursor somewhere and shows it.
    pub fn reveal(&self, at: u32) {
        self.handle.reveal(at);
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.handle.destroy();
    }
}

impl std::fmt::Debug for Editor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Editor")
    }
}

fn bundle() -> Option<Bundle> {
    let global = Reflect::get(&window(), &"standfastEditor".into()).ok()?;
    (!global.is_undefined()).then(|| global.unchecked_into())
}

const fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
