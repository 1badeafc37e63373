// swift-tools-version: 6.2
import PackageDescription

/// What every module is compiled with: tomorrow's defaults today, and no warning left standing.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]
/// For modules that touch no pointer. Postgres, Audience and the C wrappers do, and say where and why.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let collections: Target.Dependency = .product(name: "Collections", package: "swift-collections")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let orderedCollections: Target.Dependency = .product(name: "OrderedCollections", package: "swift-collections")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "masthead",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "masthead", targets: ["masthead"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2", traits: []),
    ],
    targets: [
        // System libraries: a module map and a shim header.
        .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"]), .brew(["libpq"])]),
        .systemLibrary(
            name: "CSodium", pkgConfig: "libsodium", providers: [.apt(["libsodium-dev"]), .brew(["libsodium"])]),
        .systemLibrary(
            name: "CMarkGFM", pkgConfig: "libcmark-gfm",
            providers: [.apt(["libcmark-gfm-dev", "libcmark-gfm-extensions-dev"]), .brew(["cmark-gfm"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        .systemLibrary(
            name: "CXML", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"]), .brew(["libxml2"])]),

        // Their only importers.
        .target(name: "Sodium", dependencies: ["CSodium"], swiftSettings: strict),
        .target(name: "Markdown", dependencies: ["CMarkGFM"], swiftSettings: strict),
        .target(name: "XML", dependencies: ["CXML"], swiftSettings: strict),
        // Standard streams, files and the terminal through the C library: what the command line reads and writes.
        .target(name: "Terminal", swiftSettings: strict),

        .target(name: "Values", swiftSettings: safe),
        .target(
            name: "Postgres", dependencies: ["CLibPQ", "Values", logging, orderedCollections, subprocess],
            swiftSettings: strict),
        .target(name: "Journal", dependencies: ["Postgres", "Values", "Sodium", logging], swiftSettings: safe),
        .target(
            name: "Access", dependencies: ["Journal", "Postgres", "Values", "Sodium", logging], swiftSettings: safe),
        .target(
            name: "Editorial",
            dependencies: ["Access", "Journal", "Postgres", "Values", "Markdown", "XML", yams, logging],
            swiftSettings: safe),
        .target(
            name: "Fundraising", dependencies: ["Access", "Journal", "Postgres", "Values", "Sodium", logging],
            swiftSettings: safe),
        .target(
            name: "Audience", dependencies: ["Access", "Journal", "Postgres", "Values", "CZlib", logging, collections],
            swiftSettings: strict),
        .target(
            name: "Newsroom",
            dependencies: [
                "Editorial", "Fundraising", "Audience", "Access", "Journal", "Postgres", "Values", configuration,
                logging,
            ], swiftSettings: safe),
        .target(
            name: "Admin",
            dependencies: [
                "Newsroom", "Editorial", "Fundraising", "Audience", "Access", "Journal", "Postgres", "Values",
                "Terminal", argumentParser, logging,
            ], swiftSettings: safe),
        .executableTarget(name: "masthead", dependencies: ["Admin", "Terminal"], swiftSettings: safe),

        // What the tests and benchmarks stand on: a real server of their own, a database per test.
        .target(
            name: "TestDatabase", dependencies: ["Postgres", "Values", logging], path: "Tests/TestDatabase",
            exclude: ["server.sh"], swiftSettings: strict),
        .executableTarget(
            name: "Benchmarks",
            dependencies: ["Audience", "Fundraising", "Journal", "Postgres", "Sodium", "Values", "TestDatabase"],
            path: "Tests/Benchmarks", swiftSettings: strict),
        .testTarget(name: "ValuesTests", dependencies: ["Values", "Postgres", "TestDatabase"], swiftSettings: strict),
        .testTarget(
            name: "PostgresTests", dependencies: ["Postgres", "Values", "TestDatabase", logging],
            swiftSettings: strict),
        .testTarget(
            name: "AccessTests", dependencies: ["Access", "Journal", "Sodium", "Postgres", "Values", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "EditorialTests",
            dependencies: [
                "Editorial", "Markdown", "XML", "Access", "Journal", "Postgres", "Values", "TestDatabase",
            ],
            swiftSettings: strict),
        .testTarget(
            name: "FundraisingTests",
            dependencies: ["Fundraising", "Access", "Journal", "Postgres", "Sodium", "Values", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "AudienceTests",
            dependencies: ["Audience", "Access", "Journal", "Postgres", "Values", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "NewsroomTests", dependencies: ["Newsroom", "Access", "Postgres", "Values", "TestDatabase"],
            swiftSettings: strict),
        .testTarget(
            name: "AdminTests",
            dependencies: [
                "Admin", "masthead", "Newsroom", "Editorial", "Journal", "Access", "Postgres", "Values",
                "TestDatabase", argumentParser, subprocess,
            ],
            swiftSettings: strict),
        .testTarget(
            name: "StructureTests", dependencies: ["Postgres", "TestDatabase"], path: "Tests/Structure",
            swiftSettings: strict),
    ]
)
