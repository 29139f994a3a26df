//! What there is to say about a manifest, in Korean. What stands between backquotes is YAML and the same in every language.

use standfast_core::manifest::{Code, Severity};

use crate::model::Problem;

/// What is wrong: the kubelet's own words when it refuses the file.
pub(super) fn message(problem: &Problem) -> String {
    let warning = match problem.severity {
        Severity::Error => None,
        Severity::Warning => warning(problem.code),
    };
    warning.map_or_else(|| problem.message.to_string(), |words| with_quotes(words, &problem.message))
}

/// What to do about it.
pub(super) fn help(problem: &Problem) -> Option<String> {
    let english = problem.help.as_deref();
    let Some(words) = way_out(problem.code) else { return english.map(Into::into) };
    Some(match (problem.code, english) {
        (Code::UnknownField, Some(english)) if english.contains('`') => {
            with_quotes("맞는 이름이나 자리는 다음과 같습니다", english)
        }
        (Code::NameMissing | Code::UnknownKind | Code::WrongCase, Some(english)) => {
            with_quotes(words, english)
        }
        _ => format!("{words}."),
    })
}

fn with_quotes(words: &str, english: &str) -> String {
    let quotes: Vec<String> =
        english.split('`').skip(1).step_by(2).map(|quote| format!("`{quote}`")).collect();
    if quotes.is_empty() { format!("{words}.") } else { format!("{words}: {}", quotes.join(", ")) }
}

const fn warning(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::UnknownField => "이 자리에 없는 필드라서 무시됩니다",
        Code::WrongCase => "필드 이름의 대소문자가 달라서 무시됩니다",
        Code::DuplicateKey => "같은 키가 두 번 있습니다. 앞의 값은 무시됩니다",
        Code::SecondDocument => "파일의 두 번째 문서는 무시됩니다",
        Code::BackupFile => "백업이나 편집기가 남긴 파일로 보이지만 다른 파일처럼 읽힙니다",
        Code::DuplicatePod => "이름이 같은 파드가 다른 파일에도 있습니다. 하나만 실행됩니다",
        Code::YamlCoercion => "YAML은 이 값을 적힌 것과 다르게 읽습니다",
        _ => return None,
    })
}

const fn way_out(code: Code) -> Option<&'static str> {
    Some(match code {
        Code::Syntax => "문법이 맞지 않습니다. 들여쓰기, 콜론, 따옴표를 확인하십시오",
        Code::Unreadable => "파일을 읽을 수 없거나 너무 큽니다. 권한과 크기를 확인하십시오",
        Code::WrongType => "값의 형식이 필드와 맞지 않습니다. 따옴표, 목록, 들여쓰기를 확인하십시오",
        Code::UnknownKind => "파드 매니페스트는 apiVersion과 kind로 시작합니다",
        Code::NotAPod => "스태틱 파드로는 Pod만 쓸 수 있습니다. 파일마다 Pod 하나를 적으십시오",
        Code::NameMissing => "파드에 이름이 필요합니다. 이 필드를 더하십시오",
        Code::Required => "꼭 있어야 하는 필드입니다. 값을 적으십시오",
        Code::Invalid => "필드가 받지 않는 값입니다. 값을 고치십시오",
        Code::NotSupported => "정해진 값 가운데 하나를 적으십시오",
        Code::Duplicate => "한 번만 쓸 수 있는 값입니다. 하나만 남기십시오",
        Code::Forbidden => "여기에는 쓸 수 없는 필드입니다. 지우십시오",
        Code::NotFound => "이 매니페스트에 없는 이름입니다. 있는 이름을 적으십시오",
        Code::TooLong => "값이 너무 길거나 많습니다. 줄이십시오",
        Code::ApiReference => {
            "스태틱 파드는 API 오브젝트를 쓸 수 없습니다. 필요한 것을 파드나 노드의 파일에 넣으십시오"
        }
        Code::UnknownField => "필드 이름의 철자와 들여쓰기를 확인하십시오",
        Code::WrongCase => "대소문자까지 맞게 적으십시오",
        Code::DuplicateKey => "둘 가운데 하나만 남기십시오",
        Code::SecondDocument => "파드마다 파일을 따로 만드십시오",
        Code::BackupFile => "사본은 폴더 밖에 두거나 이름을 점으로 시작하십시오",
        Code::DuplicatePod => "파드마다 다른 이름을 붙이거나 파일을 하나만 남기십시오",
        Code::YamlCoercion => "적은 그대로 쓰려면 따옴표로 감싸고, 숫자라면 앞의 0을 빼십시오",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test(unsupported = test)]
    fn every_code_has_its_way_out() {
        for code in Code::ALL {
            let words = way_out(code).unwrap_or_default();
            assert!(words.ends_with("시오") || words.ends_with("니다"), "{code}: {words}");
        }
    }
}
