// swift-tools-version: 6.2
import PackageDescription

let swiftSettings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// A room of the program: see docs/architecture.md for what each may know.
func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: swiftSettings)
}

/// The tests of one room.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: swiftSettings)
}

/// A C library of Debian's: a module map and a shim.h, nothing else.
func library(_ name: String, pkgConfig: String, package: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([package])])
}

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOPosix", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
]
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")

/// Links with libFuzzer alone, so nothing but `Tests/Fuzz/run` builds it.
let fuzzer: [Target] =
    Context.environment["NIGHTJAR_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "fuzz", dependencies: ["FuzzTargets"], path: "Tests/Fuzz/Fuzzer", swiftSettings: swiftSettings)
    ]

let package = Package(
    name: "nightjar",
    products: [
        .executable(name: "nightjar", targets: ["nightjar"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        // Without its traits it needs no more of Foundation than its essentials.
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.1"),
    ],
    targets: [
        library("CSQLite", pkgConfig: "sqlite3", package: "libsqlite3-dev"),
        library("CCurl", pkgConfig: "libcurl", package: "libcurl4-openssl-dev"),
        library("CYAML", pkgConfig: "yaml-0.1", package: "libyaml-dev"),
        library("CZstd", pkgConfig: "libzstd", package: "libzstd-dev"),
        library("CZlib", pkgConfig: "zlib", package: "zlib1g-dev"),
        library("CXXHash", pkgConfig: "libxxhash", package: "libxxhash-dev"),
        .systemLibrary(name: "CLinux"),

        room("SQLite", ["CSQLite", "Pipeline"]),
        room("HTTPClient", ["CCurl"]),
        room("YAML", ["CYAML"]),
        room("Zstandard", ["CZstd"]),
        room("Zlib", ["CZlib"]),
        room("XXHash", ["CXXHash"]),

        room("Pipeline", ["CLinux"]),
        room("Age", [crypto, .product(name: "CryptoExtras", package: "swift-crypto")]),
        room("Model", [crypto]),
        room("Settings", ["Age", "Model", "YAML"]),
        room("Storage", ["Model", "HTTPClient", "Pipeline", "CLinux", crypto]),
        room("Dump", ["Age", "Model", "Pipeline", "SQLite", "Storage", "Zstandard", "Zlib", "XXHash", crypto]),
        room("Restore", ["Age", "Model", "Pipeline", "SQLite", "Storage", "Dump", "Zstandard", "Zlib", crypto]),
        room("Remote", ["Model", "Pipeline", "Settings", "SQLite", "Dump", "HTTPClient"]),
        room("Catalog", ["Model", "Pipeline", "SQLite"]),
        room("Log", ["Model", logging]),
        room("Notify", ["Model", "Pipeline", "Settings", "Catalog", "HTTPClient", crypto, logging]),
        room(
            "Appliance",
            [
                "Age", "Model", "Pipeline", "Settings", "Storage", "Dump", "Remote", "Restore", "SQLite", "Catalog",
                "Log", "Notify", "CLinux", "HTTPClient", crypto, logging,
            ]),
        .target(
            name: "Web",
            dependencies: [
                "Appliance", "Catalog", "Model", "Notify", "Restore", "Settings", "Storage", crypto, logging,
                .product(name: "Mustache", package: "swift-mustache"),
            ] + hummingbird,
            resources: [.embedInCode("Assets/openapi.yaml")], swiftSettings: swiftSettings),
        .executableTarget(
            name: "nightjar",
            dependencies: [
                "Web", "Appliance", "Age", "Catalog", "Model", "Notify", "Pipeline", "Settings", "Storage", "Restore",
                "Dump", "Log", "HTTPClient", logging,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: swiftSettings),

        .target(
            name: "TestSupport", dependencies: ["Model", "Settings", "SQLite", "Storage", crypto],
            path: "Tests/TestSupport", swiftSettings: swiftSettings),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "Age", "Appliance", "Catalog", "Dump", "Model", "Pipeline", "Remote", "Restore", "Settings", "SQLite",
                "Web", "YAML", "Zstandard", logging,
            ],
            path: "Tests/Fuzz/Targets", swiftSettings: swiftSettings),
        .executableTarget(
            name: "DaemonSubject",
            dependencies: ["Appliance", "Catalog", "Dump", "Log", "Model", "Settings", logging],
            path: "Tests/DaemonSubject", swiftSettings: swiftSettings),
        tests("ModelTests", ["Model"]),
        tests("AgeTests", ["Age", crypto, .product(name: "CryptoExtras", package: "swift-crypto")]),
        tests("SQLiteTests", ["SQLite"]),
        tests("CatalogTests", ["Catalog", "Model", "Pipeline", "SQLite"]),
        tests("SettingsTests", ["Age", "Settings", "YAML", "Model"]),
        tests("StorageTests", ["Storage", "HTTPClient", "Model", "Pipeline", crypto]),
        tests(
            "DumpTests",
            ["Age", "Dump", "Restore", "Model", "Pipeline", "SQLite", "Storage", "XXHash", "Zstandard", "Zlib"]),
        tests(
            "RemoteTests",
            ["Remote", "Dump", "HTTPClient", "Model", "Pipeline", "Restore", "Settings", "SQLite", "Storage"]),
        tests("NotifyTests", ["Notify", "Catalog", "HTTPClient", "Model", "Settings", "SQLite", crypto, logging]),
        tests(
            "ApplianceTests",
            [
                "Age", "Appliance", "Catalog", "DaemonSubject", "Dump", "Log", "Model", "Notify", "Pipeline", "Remote",
                "Restore", "Settings", "SQLite", "Storage", logging,
            ]),
        tests(
            "WebTests",
            [
                "Web", "Appliance", "Catalog", "Dump", "HTTPClient", "Model", "Notify", "Restore", "Settings", "SQLite",
                "Storage", crypto, logging,
            ] + hummingbird),
        tests("FuzzTests", ["FuzzTargets"]),
        tests(
            "CommandTests", ["Age", "Dump", "Model", "Remote", "Settings", "SQLite", "Zstandard", "nightjar", crypto]),
    ] + fuzzer,
    swiftLanguageModes: [.v6]
)
