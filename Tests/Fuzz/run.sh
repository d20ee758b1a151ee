#!/usr/bin/env bash
# Feeds what comes from outside with changed inputs, each target for some time, and prints how many inputs it took and
# what was found. Ends with 1 when something was found; the inputs then lie below .build/fuzz/findings.
#
# usage: run.sh SECONDS [TARGET...]     default: all targets
set -euo pipefail
cd "$(dirname "$0")/../.."

seconds=$1
shift
targets=("$@")
((${#targets[@]})) || targets=(line sieve journal view spool position settings rules records maas panko mws iguazio api syslog)

toolchain=$(dirname "$(dirname "$(realpath "$(command -v swift)")")")
library=$(ls "$toolchain"/lib/clang/*/lib/linux/libclang_rt.fuzzer_no_main-"$(uname -m)".a)
work=${TRIBUTARY_FUZZ_WORK:-.build/fuzz}
echo "Building with $library ..."
TRIBUTARY_FUZZER_LIBRARY=$library swift build --configuration release --scratch-path "$work/build" --product Fuzz

# Otherwise the first target that holds rules seems to lose them, and ends the run.
export LSAN_OPTIONS=suppressions=$PWD/Tests/Sanitizers/leak.supp:print_suppressions=0

# What lies in the tree and a target can begin with.
golden=Tests/RemoteEventsTests/Golden
seeds() {
    case $1 in
    line) echo Tests/EventTextTests/Golden/mws ;;
    settings) echo packaging/tributary.yaml packaging/examples/*.yaml ;;
    rules) echo packaging/rules/*.yaml ;;
    maas | panko | mws | iguazio) echo $golden/$1 ;;
    api) echo $golden/*/*.out ;;
    esac
}

found=0
printf '%-10s %12s %10s  %s\n' target inputs features findings
for target in "${targets[@]}"; do
    corpus=$work/corpus/$target
    findings=$work/findings/$target
    mkdir -p "$corpus" "$findings"
    FUZZ_TARGET=$target FUZZ_SEEDS=$corpus "$work/build/release/Fuzz"
    for seed in $(seeds "$target") Tests/Fuzz/Corpus/"$target"; do
        if [[ -e $seed ]]; then find "$seed" -type f -size -64k -exec cp -t "$corpus" {} +; fi
    done
    log=$work/$target.log
    status=0
    FUZZ_TARGET=$target SWIFT_BACKTRACE=enable=no timeout -k 10 $((seconds + 120)) "$work/build/release/Fuzz" \
        -max_total_time="$seconds" -max_len=32768 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="$findings/" "$corpus" >"$log" 2>&1 || status=$?
    inputs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    features=$(sed -n 's/.* ft: \([0-9]*\).*/\1/p' "$log" | tail -n 1)
    finding=none
    if ((status != 0)); then
        found=1
        finding=$(grep -m 1 -oE 'finding: .*|SUMMARY: .*' "$log" | cut -c 1-200 || echo "status $status, see $log")
    fi
    printf '%-10s %12s %10s  %s\n' "$target" "${inputs:-?}" "${features:-?}" "$finding"
done
exit $found
