//! Korean, 합니다체. Particles fit the spoken form (kubelet이, Pod가); where a name decides the particle, the sentence avoids it.

mod diagnostics;

use standfast_core::{
    contract::Cause,
    kubelet::WakeReason,
    sim::SimError,
    time::GoDuration,
    view::{Deed, RecordView},
};

use super::Text;

pub(super) static TEXT: Text = Text {
    time: "시간",
    play: "재생",
    pause: "일시 정지",
    step: "다음 변화까지 한 단계",
    speed: "속도",
    speed_max: "최대",
    held: "멈춤",
    held_hint: "스페이스로 재생",
    language: "언어",
    theme: "테마",
    theme_system: "시스템",
    theme_light: "밝게",
    theme_dark: "어둡게",

    folders: "디스크의 매니페스트",
    new_file: |node| format!("{node}에 새 파일 만들기"),
    upload: |node| format!("내 디스크의 파일을 {node}에 넣기"),
    file_name: "파일 이름",
    rename: |file| format!("{file} 이름 바꾸기"),
    delete: |file| format!("{file} 삭제"),
    empty_folder: "매니페스트가 없습니다. 여기에 파일을 저장하면 kubelet이 실행합니다.",
    drop_here: |node| format!("놓으면 {node}에 복사합니다"),
    refused: "거부됨",
    not_read: "아직 읽지 않음",
    shadowed: "다른 파일과 파드 이름이 같음",

    deleted: |file| format!("삭제했습니다: {file}"),
    undo: "되돌리기",
    uploaded: |file, node| format!("{node} 폴더에 넣었습니다: {file}"),
    name_taken: |name| format!("같은 이름의 파일이 이미 있습니다: {name}. 다른 이름을 쓰십시오."),
    refused_by_world,
    too_big: |name| {
        format!("10 MiB보다 큰 파일입니다: {name}. kubelet은 이렇게 큰 매니페스트를 읽지 않습니다.")
    },

    no_file: "파일을 고르거나, 새로 만들거나, 폴더에 끌어다 놓으십시오.",
    manifest: |file| format!("매니페스트 {file}"),
    save: "저장",
    saved: "저장됨",
    unsaved: "저장 안 됨",
    revert: "편집 취소",
    binary: "UTF-8 텍스트가 아니어서 보여 주기만 합니다.",
    problems: "이 파일에 대해 할 말",
    line: |line| format!("{line}행."),
    whole_file: "파일 전체.",
    would_refuse: "kubelet이 이 때문에 파일을 거부합니다. 그래서 실행되는 파드가 없습니다.",
    warns: "kubelet은 이것을 알려 주지 않습니다.",
    message: diagnostics::message,
    help: diagnostics::help,
    accepted: "kubelet이 이 파일을 받아들입니다.",
    leave_editor: "Escape를 누른 뒤 Tab을 누르면 편집기에서 나갑니다.",

    picture: "노드와 파드",
    nodes_and_pods: |nodes, pods| format!("노드 {nodes}개, 스태틱 파드 {pods}개"),
    add_node: "노드 추가",
    restart_kubelet: "kubelet 재시작",
    restart_kubelet_on: |node| format!("{node}의 kubelet 재시작"),
    scans_in: |seconds| format!("kubelet이 {seconds} 뒤 폴더를 읽음"),
    refused_no_pod: "거부되어 파드 없음",
    no_pods: "파드가 없습니다. kubelet은 폴더에서 찾은 것을 실행합니다.",
    restarts: |count| format!("재시작 {count}회"),
    due_in: |reason, seconds| format!("{seconds} 뒤 {}", due(reason)),
    due,
    init_container: "초기화",
    sidecar: "사이드카",
    ago: |time| format!("{time} 전"),
    exit: |code| format!("exit {code}"),
    api_server: "API 서버 없음",
    no_api_server: "스태틱 파드에는 필요 없습니다. kubelet이 폴더에서 직접 실행합니다.",

    happenings: "일어난 일",
    events: "이벤트",
    kubelet_log: "kubelet 로그",
    nothing_yet: "아직 아무 일도 없습니다. 시간을 흐르게 하십시오.",
    told,
    because,

    inspector: "살펴보기",
    nothing_selected: "파드를 고르면 왜 그 상태인지 보여 줍니다.",
    pod_gone: |pod| format!("지금은 없는 파드입니다: {pod}"),
    close: "닫기",
    why: "이유",
    open_file: |file| format!("{file} 열기"),
    container: "컨테이너",
    state: "상태",
    last_state: "이전 상태",
    ready: "준비",
    started: "시작",
    restart_count: "재시작",
    image: "이미지",
    kill: |container| format!("{container} 강제 종료"),
    conditions: "컨디션",
    pod_facts: "파드",
    phase: "단계",
    address: "주소",
    namespace: "네임스페이스",
    quality: "QoS 클래스",
    yes: "True",
    no: "False",
    orphan: "매니페스트가 없어진 파드입니다.",

    panes: "화면",
    pane_files: "파일",
    pane_nodes: "노드",
    pane_events: "이벤트",
    pane_inspect: "살펴보기",

    shape_running: "실행 중",
    shape_starting: "시작하는 중",
    shape_init: "초기화하는 중",
    shape_back_off: "다시 시도하기 전 대기",
    shape_failed: "실패",
    shape_completed: "완료",
    shape_terminating: "종료하는 중",
    shape_warning: "경고",
};

const fn due(reason: WakeReason) -> &'static str {
    match reason {
        WakeReason::Pass => "폴더 읽기",
        WakeReason::Relist => "컨테이너 목록 확인",
        WakeReason::Observe => "일어난 일 확인",
        WakeReason::Resync => "다시 살펴보기",
        WakeReason::Retry => "다시 시도",
        WakeReason::BackOff => "백오프 끝",
        WakeReason::StartLock => "시작 시도",
        WakeReason::Probe => "프로브 실행",
        WakeReason::Hook => "훅 다음 단계",
        WakeReason::Deadline => "기한 끝",
        WakeReason::Eviction => "축출할 파드 찾기",
        WakeReason::Shutdown => "노드 끄기",
        WakeReason::Housekeeping => "정리",
        WakeReason::GarbageCollection => "죽은 컨테이너 제거",
        WakeReason::Statuses => "상태 다시 보고",
        WakeReason::Heartbeat => "살아 있음을 알림",
    }
}

/// A line of the journal. What quotes the kubelet or a runtime stays as it is.
fn told(record: &RecordView) -> String {
    record.deed.as_ref().map_or_else(|| record.text.to_string(), deed)
}

fn deed(deed: &Deed) -> String {
    match deed {
        Deed::PullImage { image } => format!("이미지 내려받기: {image}"),
        Deed::CreateSandbox { attempt } => format!("샌드박스 #{attempt} 만들기"),
        Deed::StopSandbox { attempt } => format!("샌드박스 #{attempt} 멈추기"),
        Deed::RemoveSandbox { attempt } => format!("샌드박스 #{attempt} 제거"),
        Deed::CreateContainer { container, attempt } => format!("컨테이너 {container}#{attempt} 만들기"),
        Deed::StartContainer { container, attempt } => format!("컨테이너 {container}#{attempt} 시작"),
        Deed::StopContainer { container, attempt, grace } => {
            format!("컨테이너 {container}#{attempt} 멈추기 (유예 {}초)", grace.as_secs())
        }
        Deed::RunHook { container, attempt, kind } => {
            format!("컨테이너 {container}#{attempt}의 {kind} 훅 실행")
        }
        Deed::RemoveContainer { container, attempt } => format!("컨테이너 {container}#{attempt} 제거"),
        Deed::RemovePodData => "파드의 데이터 제거".into(),
        Deed::CreateMirror { pod } => format!("미러 파드 {pod} 만들기"),
        Deed::DeleteFromApi { pod } => format!("API에서 파드 {pod} 삭제"),
        Deed::RegisterNode => "노드 등록".into(),
        Deed::ContainerExited { container, attempt, code, reason } => {
            format!("컨테이너 {container}#{attempt} 종료, 코드 {code} ({reason})")
        }
        Deed::ContainerVanished { container } => format!("컨테이너 {container} 없어짐"),
        Deed::SandboxVanished => "샌드박스 없어짐".into(),
    }
}

fn because(cause: &Cause) -> String {
    match cause {
        Cause::KubeletStarted => "kubelet이 시작했기 때문입니다".into(),
        Cause::PassDue => "폴더 전체를 읽을 때가 되었기 때문입니다".into(),
        Cause::EdgesLost => "놓친 일이 있을 수 있기 때문입니다".into(),
        Cause::PodAdded { file } => format!("아직 실행되지 않은 파드가 {file}에 있기 때문입니다"),
        Cause::PodRemoved => "이 파드를 요구하는 매니페스트가 더는 없기 때문입니다".into(),
        Cause::PodReplaced => "매니페스트가 바뀌어 다른 파드가 자리를 대신하기 때문입니다".into(),
        Cause::PodReturned => "같은 매니페스트가 돌아왔기 때문입니다".into(),
        Cause::SandboxNotReady => "파드에 준비된 샌드박스가 없기 때문입니다".into(),
        Cause::NetworkModeChanged => "매니페스트가 다른 네트워크 방식을 요구하기 때문입니다".into(),
        Cause::ContainerMissing => "컨테이너가 아직 실행된 적이 없기 때문입니다".into(),
        Cause::ContainerExited { code } => format!("컨테이너가 코드 {code}번으로 끝났기 때문입니다"),
        Cause::ContainerNeverStarted => "컨테이너가 만들어졌지만 시작되지 않았기 때문입니다".into(),
        Cause::ContainerUnknown => "런타임이 컨테이너의 상태를 알 수 없기 때문입니다".into(),
        Cause::BackOffElapsed { waited } => format!("백오프 {}가 끝났기 때문입니다", GoDuration(*waited)),
        Cause::DefinitionChanged => "컨테이너 정의가 바뀌었기 때문입니다".into(),
        Cause::ImageNeeded { container } => format!("컨테이너에 이미지가 필요하기 때문입니다: {container}"),
        Cause::ContainerStarted => "컨테이너가 막 시작되었기 때문입니다".into(),
        Cause::HookFailed => "컨테이너의 postStart 훅이 실패했기 때문입니다".into(),
        Cause::ProbeDue => "프로브를 실행할 때이기 때문입니다".into(),
        Cause::ProbeFailed { kind } => format!("컨테이너가 {} 프로브에 실패했기 때문입니다", kind.lower()),
        Cause::AllAgain { container, code } => format!(
            "컨테이너가 코드 {code}번으로 끝났고, 규칙이 모든 컨테이너의 재시작을 요구하기 때문입니다: {container}"
        ),
        Cause::Preempted => "우선순위가 더 높은 파드에 자원이 필요하기 때문입니다".into(),
        Cause::NodeShutdown => "노드가 곧 꺼지기 때문입니다".into(),
        Cause::PodFinished => "파드에 더 실행할 것이 없기 때문입니다".into(),
        Cause::DeadlineExceeded => "파드가 제한 시간보다 오래 실행되었기 때문입니다".into(),
        Cause::ContainersStopped => "파드의 컨테이너가 멈췄기 때문입니다".into(),
        Cause::Orphan => "이 노드의 어떤 매니페스트도 요구하지 않기 때문입니다".into(),
        Cause::Superseded => "더 새로운 것이 자리를 대신했기 때문입니다".into(),
        Cause::PodGone => "파드가 없어졌기 때문입니다".into(),
        Cause::PodBound => "파드가 이 노드에 배정되었기 때문입니다".into(),
        Cause::DeletedInApi => "API에서 삭제되었기 때문입니다".into(),
        Cause::Evicted => "노드의 자원이 부족하고, 다른 파드보다 덜 중요하기 때문입니다".into(),
        Cause::MirrorMissing => "스태틱 파드에 미러 파드가 없기 때문입니다".into(),
        Cause::MirrorOutdated => "미러 파드가 삭제되는 중이거나 이 버전의 것이 아니기 때문입니다".into(),
        Cause::MirrorOrphaned => "미러 파드의 스태틱 파드가 없어졌기 때문입니다".into(),
        Cause::StatusChanged => "상태가 바뀌었기 때문입니다".into(),
        Cause::HeartbeatDue => "알릴 때가 되었기 때문입니다".into(),
    }
}

fn refused_by_world(error: &SimError) -> String {
    match error {
        SimError::NoNode(name) => format!("없는 노드입니다: {name}"),
        SimError::NodeExists(name) => format!("이미 있는 노드입니다: {name}"),
        SimError::NoPod(name) => format!("노드의 런타임에 없는 파드입니다: {name}"),
        SimError::NoContainer { pod, container } => {
            format!("{pod} 안에 실행 중인 컨테이너가 없습니다: {container}")
        }
        SimError::NoFile(name) => format!("폴더에 없는 파일입니다: {name}"),
        SimError::NoFolder(path) => format!("없는 폴더입니다: {path}"),
        SimError::BadFileName(name) => format!("파일 이름으로 쓸 수 없습니다: “{name}”"),
        SimError::KubeletDown(node) => format!("kubelet이 멈춰 있는 노드입니다: {node}"),
        SimError::Api(error) => format!("API 서버가 거부했습니다: {error}"),
        SimError::BadImage(image) => format!("이미지 이름이 아닙니다: {image}"),
    }
}
