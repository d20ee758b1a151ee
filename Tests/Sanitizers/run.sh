#!/usr/bin/env bash
# Runs the tests in a build that a sanitizer watches, and prints what it reports of them and of the processes that they
# start. Ends with 1 when there is a report, or a test fails.
#
# usage: run.sh address|thread [FILTER...]     FILTER: what names of suites or tests match; default: all tests
# The build (several minutes the first time) and the reports lie below .build-address and .build-thread.
set -euo pipefail
cd "$(dirname "$0")/../.."

sanitizer=$1
shift
filters=()
for filter; do filters+=(--filter "$filter"); done

work=$PWD/.build-$sanitizer
reports=$work/reports
rm -rf "$reports"
mkdir -p "$reports"
toolchain=$(dirname "$(realpath "$(command -v swift)")")

options=log_path=$reports/report:external_symbolizer_path=$toolchain/llvm-symbolizer
linking=(-Xlinker "$work/hooks.o")
# Tests damage journal files that the reader has mapped: it is made to end by SIGBUS then.
options+=:handle_sigbus=0
case $sanitizer in
address)
    options+=:detect_leaks=1
    ;;
thread)
    options+=:suppressions=$PWD/Tests/Sanitizers/thread.supp
    for function in 9_lockSlowyys6UInt32VF 11_unlockSlowyyF; do
        linking+=(-Xlinker "--wrap=\$s15Synchronization12_MutexHandleV$function")
    done
    linking+=(-Xlinker --wrap=__tsan_external_write)
    ;;
*)
    echo "run.sh: '$sanitizer' is neither address nor thread" >&2
    exit 64
    ;;
esac

"$toolchain/clang" -O1 -Wall -Werror -D"SANITIZER_$sanitizer" -DSANITIZER_OPTIONS="\"$options\"" \
    -DLEAK_OPTIONS="\"suppressions=$PWD/Tests/Sanitizers/leak.supp:print_suppressions=0\"" -c Tests/Sanitizers/hooks.c \
    -o "$work/hooks.new.o"
# The build does not know that its products depend on these.
if ! cmp -s "$work/hooks.new.o" "$work/hooks.o"; then
    rm -f "$work"/debug/{tributary,tributaryPackageTests.xctest}
fi
mv "$work/hooks.new.o" "$work/hooks.o"
swift build --build-tests --sanitize "$sanitizer" --scratch-path "$work" "${linking[@]}"

status=0
# What a sanitizer remembers of memory is not the daemon's.
TRIBUTARY_TEST_MEMORY_MIB=4096 SWIFT_BACKTRACE=enable=no "$work/debug/tributaryPackageTests.xctest" \
    --testing-library swift-testing --experimental-maximum-parallelization-width 2 "${filters[@]}" || status=1

count=$(find "$reports" -type f | wc -l)
if ((count)); then
    cat "$reports"/*
    echo "$count processes were reported by the sanitizer '$sanitizer':"
    sed -n 's/^SUMMARY: //p' "$reports"/* | sort | uniq -c | sort -rn
    exit 1
fi
echo "No report of the sanitizer '$sanitizer'"
exit $status
