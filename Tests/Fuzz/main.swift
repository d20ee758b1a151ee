// libFuzzer with a choice of targets: the environment's FUZZ_TARGET names one, the arguments are libFuzzer's own. With
// FUZZ_SEEDS, a folder, it writes the target's first inputs there instead.

import Glibc

/// libFuzzer's own entry, as its library without `main` has it.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
    _ argumentCount: UnsafeMutablePointer<CInt>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
    _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

if !Choice.seedFolder.isEmpty {
    try Choice.target.writeSeeds(to: Choice.seedFolder)
} else {
    let target = Choice.target
    print("Feeding \(type(of: target)).")
    var count = CommandLine.argc
    var arguments = unsafe CommandLine.unsafeArgv
    // The fuzzer lends `length` bytes for the length of the call; without any, it may lend nothing.
    let code = unsafe runFuzzer(&count, &arguments) { bytes, length in
        Choice.target.run(unsafe Array(UnsafeBufferPointer(start: bytes, count: length)))
        return 0
    }
    exit(code)
}

/// What the environment asks for.
enum Choice {
    static let target: any FuzzTarget = {
        let name = variable("FUZZ_TARGET")
        guard let target = fuzzTargets[name] else {
            fatalError("FUZZ_TARGET is '\(name)', allowed are \(fuzzTargets.keys.sorted().joined(separator: ", "))")
        }
        return target()
    }()

    static let seedFolder = variable("FUZZ_SEEDS")

    private static func variable(_ name: String) -> String {
        // Nothing changes the environment of this process.
        unsafe getenv(name).map { unsafe String(cString: $0) } ?? ""
    }
}
