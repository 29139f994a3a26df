//! The part of Rust's core library that `pause.rs` needs: so that it can be compiled for an architecture whose library is not installed.

#![feature(no_core, lang_items, rustc_attrs, decl_macro, intrinsics)]
#![allow(internal_features)]
#![no_core]

#[lang = "pointee_sized"]
pub trait PointeeSized {}
#[lang = "meta_sized"]
pub trait MetaSized: PointeeSized {}
#[lang = "sized"]
pub trait Sized: MetaSized {}
#[lang = "copy"]
pub trait Copy {}
impl Copy for usize {}

pub mod arch {
    #[rustc_builtin_macro]
    pub macro asm() {}
}

pub mod prelude {
    pub mod rust_2024 {
        pub use crate::{Copy, Sized};
    }
}
