//! What types cannot say of the words.

use wasm_bindgen_test::wasm_bindgen_test;

use crate::i18n::Lang;

#[wasm_bindgen_test(unsupported = test)]
fn tags_find_their_language() {
    assert_eq!(Lang::from_tag("ko-KR"), Some(Lang::Ko));
    assert_eq!(Lang::from_tag("en"), Some(Lang::En));
    assert_eq!(Lang::from_tag("kok"), None, "Konkani is another language");
}

#[wasm_bindgen_test(unsupported = test)]
fn counts_agree_with_their_nouns() {
    let text = Lang::En.text();
    assert_eq!((text.nodes_and_pods)(1, 0), "1 node, 0 static pods");
    assert_eq!((text.nodes_and_pods)(2, 1), "2 nodes, 1 static pod");
}

#[wasm_bindgen_test(unsupported = test)]
fn korean_sentences_are_formal() {
    let text = Lang::Ko.text();
    let sentences = [
        text.empty_folder.to_owned(),
        text.no_file.into(),
        text.would_refuse.into(),
        text.warns.into(),
        text.accepted.into(),
        text.no_pods.into(),
        text.no_api_server.into(),
        text.nothing_yet.into(),
        text.nothing_selected.into(),
        (text.name_taken)("web.yaml"),
        (text.too_big)("web.yaml"),
    ];
    for sentence in sentences {
        let formal = ["니다.", "십시오."].iter().any(|end| sentence.ends_with(end));
        assert!(formal, "{sentence}");
    }
}
