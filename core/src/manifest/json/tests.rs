//! JSON documents and what they come to.

use super::{encode, load};

#[track_caller]
fn refused(text: &str, words: &str) {
    let error = load(text.as_bytes()).unwrap_err();
    assert_eq!(error.text, format!("couldn't get version/kind; json parse error: {words}"), "{text}");
}

#[track_caller]
fn same(text: &str, json: &str) {
    assert_eq!(encode(&load(text.as_bytes()).unwrap().root), json, "{text}");
}

#[test]
fn mistakes_have_go_s_words() {
    refused("{a: 1}", "invalid character 'a' looking for beginning of object key string");
    refused(r#"{"a":1,}"#, "invalid character '}' looking for beginning of object key string");
    refused(r#"{"a" 1}"#, "invalid character '1' after object key");
    refused(r#"{"a":1 "b"}"#, "invalid character '\"' after object key:value pair");
    refused(r#"{"a":[1 2]}"#, "invalid character '2' after array element");
    refused(r#"{"a":01}"#, "invalid character '1' after object key:value pair");
    refused(r#"{"a":tru}"#, "invalid character '}' in literal true (expecting 'e')");
    refused(r#"{"a":"\x"}"#, "invalid character 'x' in string escape code");
    refused("{} x", "invalid character 'x' after top-level value");
    refused("{\"a\":\"\n\"}", "invalid character '\\n' in string literal");
    refused("{\u{a0}}", "invalid character 'Â' looking for beginning of object key string");
    refused("{", "unexpected end of JSON input");
    refused(&format!("{{\"a\":{}", "[".repeat(100_000)), "exceeded max depth");
}

#[test]
fn values_come_back() {
    same(
        r#"{"b":[1,-2.50,1e3,true,null],"a":"\u00e9\ud83d\ude00<"}"#,
        r#"{"a":"é😀\u003c","b":[1,-2.50,1e3,true,null]}"#,
    );
}

#[test]
fn repeated_keys_merge_as_go_decodes_them() {
    same(r#"{"a":{"x":1,"y":2},"a":{"y":3},"l":[1,2,3],"l":[9]}"#, r#"{"a":{"x":1,"y":3},"l":[9]}"#);
}

#[test]
fn places_are_bytes() {
    let root = load(r#"{"é": "한글"}"#.as_bytes()).unwrap().root;
    let field = &root.fields()[0];
    assert_eq!((field.key_span.start, field.key_span.end), (1, 5));
    assert_eq!((field.node.span.start, field.node.span.end), (7, 15));
}
