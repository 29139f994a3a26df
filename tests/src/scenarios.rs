//! The scenarios: one list for every host, embedded so that a browser has them too.

macro_rules! scenarios {
    ($($name:ident: $file:literal),* $(,)?) => {
        /// Name and text of each.
        pub const SCENARIOS: &[(&str, &str)] = &[$(($file, include_str!(concat!("../scenarios/", $file, ".md")))),*];

        #[cfg(test)]
        mod simulated {
            use wasm_bindgen_test::wasm_bindgen_test;
            $(
                #[wasm_bindgen_test(unsupported = test)]
                fn $name() {
                    crate::scenario_suite::holds_on_the_simulator($file);
                }
            )*
        }
    };
}

scenarios! {
    all_containers_again: "all-containers-again",
    api_down: "api-down",
    api_never_seen: "api-never-seen",
    back_off_forgotten: "back-off-forgotten",
    back_off_of_another_image: "back-off-of-another-image",
    backup_file_wins: "backup-file-wins",
    bad_image_name: "bad-image-name",
    broken_edit: "broken-edit",
    comment_only: "comment-only",
    crash_loop: "crash-loop",
    crash_loop_begins: "crash-loop-begins",
    daemonset_or_static: "daemonset-or-static",
    deadline: "deadline",
    deleted_and_back: "deleted-and-back",
    downward_files: "downward-files",
    dropped_manifest: "dropped-manifest",
    edited_while_down: "edited-while-down",
    events_alike: "events-alike",
    exit_zero_under_always: "exit-zero-under-always",
    folder_deleted: "folder-deleted",
    grace_runs_out: "grace-runs-out",
    grace_zero: "grace-zero",
    hidden_file: "hidden-file",
    image_changed_in_place: "image-changed-in-place",
    image_comes_back: "image-comes-back",
    image_missing: "image-missing",
    init_fails: "init-fails",
    keep_last_good: "keep-last-good",
    killed_container: "killed-container",
    killed_sandbox: "killed-sandbox",
    kubelet_restart: "kubelet-restart",
    label_change: "label-change",
    liveness_probe: "liveness-probe",
    long_run_forgives: "long-run-forgives",
    lost_events: "lost-events",
    memory_pressure: "memory-pressure",
    mended_in_time: "mended-in-time",
    mirror_deleted: "mirror-deleted",
    mirror_edited: "mirror-edited",
    mirror_of_new_version: "mirror-of-new-version",
    mirror_pod: "mirror-pod",
    mirror_refused: "mirror-refused",
    misspelt_field: "misspelt-field",
    namespace_missing: "namespace-missing",
    never_is_never: "never-is-never",
    never_pull: "never-pull",
    no_app_armor: "no-app-armor",
    no_room: "no-room",
    node_lost: "node-lost",
    node_name_in_lower_case: "node-name-in-lower-case",
    node_shutdown: "node-shutdown",
    number_where_text_belongs: "number-where-text-belongs",
    orphan_mirror: "orphan-mirror",
    post_start_fails: "post-start-fails",
    post_start_first: "post-start-first",
    pre_stop_first: "pre-stop-first",
    pre_stop_outlasts_grace: "pre-stop-outlasts-grace",
    pressure_spares_static: "pressure-spares-static",
    program_missing: "program-missing",
    prompt_start: "prompt-start",
    readiness_probe: "readiness-probe",
    refused_references: "refused-references",
    removed_container: "removed-container",
    renamed_file: "renamed-file",
    restart_rules: "restart-rules",
    room_for_higher_priority: "room-for-higher-priority",
    runtime_away: "runtime-away",
    same_host_port: "same-host-port",
    second_document: "second-document",
    sidecar_order: "sidecar-order",
    single_file: "single-file",
    startup_probe: "startup-probe",
    two_containers: "two-containers",
    wrong_node: "wrong-node",
}
