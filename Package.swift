// swift-tools-version: 6.2
import PackageDescription

/// `make fuzz` names libFuzzer's library without `main` here: then every module is built for it, and so is the fuzzer.
let fuzzerLibrary = Context.environment["TRIBUTARY_FUZZER_LIBRARY"]

/// Every target of ours: Swift 6 mode, no warnings, unsafe code marked where it stands.
let strict: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableExperimentalFeature("Lifetimes"),
        .strictMemorySafety(),
        .treatAllWarnings(as: .error),
    ] + (fuzzerLibrary == nil ? [] : [.unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing"])])

extension Target {
    /// A module of ours below `Sources/`.
    static func module(_ name: String, _ dependencies: [Dependency] = []) -> Target {
        .target(name: name, dependencies: dependencies, swiftSettings: strict)
    }

    /// The tests of a module, with its golden files where it has some.
    static func tests(
        _ module: String, _ dependencies: [Dependency] = [], golden: Bool = false, blind: Bool = false
    ) -> Target {
        .testTarget(
            name: "\(module)Tests", dependencies: [.byName(name: module)] + dependencies,
            exclude: golden ? ["Golden"] : blind ? ["Blind"] : [], swiftSettings: strict)
    }
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

let package = Package(
    name: "tributary",
    products: [.executable(name: "tributary", targets: ["tributary"])],
    dependencies: [
        // Subcommands, their help and their exit codes.
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        // The daemon's own messages.
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        // SHA-256: an event's id is the first half of one, and TLS certificates are known by theirs.
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        // Sockets below the local API: the sender's credentials come from the channel.
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        // The local API's HTTP server.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        // `tributary emit` speaks HTTP over the Unix socket with it, and remote APIs are read.
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        // TLS for the remote APIs and the syslog sink: what async-http-client itself uses, for its certificates and keys.
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.1"),
        // Signals as a sequence.
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        // The settings file: YAML with line and column of every node.
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    ],
    targets: [
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd", providers: [.apt(["libsystemd-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CLinux"),

        .module("EventModel"),
        .module("EventText", ["EventModel", "CLinux"]),
        .module("Normalization", ["EventModel"]),
        .module("Platform", ["CLinux", "CSystemd"]),
        .module("Settings", ["EventModel", "Platform", yams]),
        .module("Pipeline", ["EventModel", "Platform", crypto, logging]),
        .module("Spool", ["EventModel", "EventText", "Pipeline", "Platform", "Settings", logging]),
        .module(
            "Journal",
            ["EventModel", "Normalization", "Pipeline", "Platform", "Settings", "CLinux", "CSystemd", logging]),
        .module(
            "LocalAPI",
            [
                "EventModel", "EventText", "Normalization", "Pipeline", "Platform", "Settings", "CLinux",
                asyncHTTPClient,
                hummingbirdCore, logging, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]),
        .module(
            "RemoteEvents",
            [
                "EventModel", "EventText", "Normalization", "Pipeline", "Platform", "Settings", asyncHTTPClient, crypto,
                logging, nioCore, nioHTTP1, nioPosix, nioSSL,
            ]),
        .module(
            "Syslog",
            [
                "EventModel", "EventText", "Pipeline", "Platform", "Settings", "CLinux", crypto, logging, nioCore,
                nioPosix,
                nioSSL, nioTLS,
            ]),
        .module("EventFiles", ["EventModel", "EventText", "Pipeline", "Platform", "Settings", "CZlib", logging]),
        .module(
            "Daemon",
            [
                "CLinux", "EventFiles", "EventModel", "EventText", "Journal", "LocalAPI", "Normalization", "Pipeline",
                "Platform",
                "RemoteEvents", "Settings", "Spool", "Syslog", logging, unixSignals,
            ]),
        .executableTarget(
            name: "tributary",
            dependencies: [
                "CLinux", "Daemon", "EventFiles", "EventModel", "EventText", "Journal", "LocalAPI", "Normalization",
                "Pipeline", "Platform", "Settings", "Spool", argumentParser, logging,
            ], swiftSettings: strict),
        .module("TestSupport", ["EventModel", "Pipeline", "Platform", logging]),
        // Servers that tests read from: simulators of remote APIs, and a real Panko.
        .target(
            name: "RemoteServers",
            dependencies: [
                "EventModel", "EventText", "Pipeline", "RemoteEvents", "TestSupport", nioCore, nioHTTP1, nioPosix,
                nioSSL,
            ],
            path: "Tests/RemoteServers", swiftSettings: strict),

        .tests("EventModel", ["TestSupport"]),
        .tests("EventText", ["EventModel", "TestSupport"], golden: true),
        .tests("Platform", ["TestSupport"]),
        .tests("Settings", ["EventModel", "Platform", "TestSupport"]),
        .tests("Pipeline", ["EventModel", "TestSupport"]),
        .tests("Spool", ["EventModel", "EventText", "Pipeline", "Platform", "TestSupport", logging]),
        .tests("Journal", ["EventModel", "Normalization", "Pipeline", "TestSupport"]),
        .tests("Normalization", ["EventModel", "TestSupport"], blind: true),
        .tests(
            "RemoteEvents",
            [
                "EventModel", "EventText", "Normalization", "Pipeline", "RemoteServers", "Settings", "TestSupport",
                logging,
                nioCore, nioHTTP1, nioPosix, nioSSL,
            ],
            golden: true),
        .tests(
            "Syslog",
            [
                "EventModel", "EventText", "Pipeline", "Settings", "Spool", "TestSupport", logging, nioCore, nioPosix,
                nioSSL,
            ]),
        .tests(
            "LocalAPI",
            ["EventModel", "EventText", "Pipeline", "Platform", "Settings", "Spool", "TestSupport", logging, nioSSL]),
        .tests("EventFiles", ["EventModel", "EventText", "Pipeline", "Platform", "Spool", "TestSupport", logging]),
        .tests(
            "Daemon",
            [
                "EventFiles", "EventModel", "EventText", "Journal", "LocalAPI", "Normalization", "Pipeline",
                "RemoteEvents", "Settings", "Spool", "TestSupport",
            ], golden: true),
        .testTarget(
            name: "EndToEndTests", dependencies: ["EventModel", "EventText", "RemoteServers", "TestSupport"],
            swiftSettings: strict),
    ]
)

if let fuzzerLibrary {
    package.targets.append(
        .executableTarget(
            name: "Fuzz",
            dependencies: [
                "Daemon", "EventModel", "EventText", "Journal", "LocalAPI", "Normalization", "Pipeline", "Platform",
                "RemoteEvents", "Settings", "Spool", "TestSupport",
            ],
            path: "Tests/Fuzz", exclude: ["Corpus", "run.sh"], swiftSettings: strict,
            linkerSettings: [
                .unsafeFlags(["-use-ld=lld", "-sanitize=address", "-Xlinker", fuzzerLibrary, "-lstdc++"])
            ]))
    package.products.append(.executable(name: "Fuzz", targets: ["Fuzz"]))
}
