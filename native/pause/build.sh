#!/bin/sh
# Builds the pause program for both architectures, reproducibly: pause-x86_64 and pause-aarch64 beside this script.
# Needs only rustc. The library of the other architecture is not needed: core.rs stands in for it, on both alike.
set -eu
cd "$(dirname "$0")"
host=$(rustc -vV | sed -n 's/^host: //p')
linker=$(rustc --print sysroot)/lib/rustlib/$host/bin/rust-lld
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
for arch in x86_64 aarch64; do
    # core.rs uses what only the compiler's own library may: hence the variable.
    RUSTC_BOOTSTRAP=1 rustc --edition 2024 --target $arch-unknown-linux-gnu --crate-name core --crate-type rlib \
        -C panic=abort -o "$scratch/libcore.rlib" core.rs
    printf '%s\n' '#![feature(no_core, compiler_builtins)]' '#![allow(internal_features)]' '#![no_core]' '#![compiler_builtins]' |
        RUSTC_BOOTSTRAP=1 rustc --edition 2024 --target $arch-unknown-linux-gnu --crate-name compiler_builtins \
            --crate-type rlib -C panic=abort -o "$scratch/libcompiler_builtins.rlib" -
    rustc --edition 2024 --target $arch-unknown-linux-gnu --crate-name pause --crate-type lib --emit obj \
        -C opt-level=z -C panic=abort -C relocation-model=static -C force-unwind-tables=no -C debuginfo=0 \
        --sysroot "$scratch" -L "$scratch" -o "$scratch/pause.o" pause.rs
    "$linker" -flavor gnu -static -nostdlib -nmagic -z noexecstack --build-id=none --strip-all --gc-sections \
        -e _start -o "pause-$arch" "$scratch/pause.o"
    chmod 755 "pause-$arch"
    printf '%s: %s bytes\n' "pause-$arch" "$(wc -c <"pause-$arch")"
done
