import Foundation
import Model
import Storage
import TestSupport
import Testing

/// Every store the conformance suite runs against. Real S3 servers are named by the environment variable
/// `NIGHTJAR_TEST_S3_ENDPOINTS`: `name=url,access key,secret,bucket;…` (the bucket must exist).
enum StoreUnderTest: CaseIterable, Sendable, CustomTestStringConvertible {
    case directory
    /// A folder behind a meter.
    case metered
    case r2Double
    case server(S3Server)

    static var allCases: [StoreUnderTest] {
        [.directory, .metered, .r2Double] + S3Server.fromEnvironment.map { StoreUnderTest.server($0) }
    }

    /// Those that let exactly one of several simultaneous creations win; rclone ignores If-None-Match.
    static var atomicallyCreating: [StoreUnderTest] {
        allCases.filter { !$0.isRclone }
    }

    /// rclone hands parts on as they come, and cannot take one back.
    static var takingPartsAgain: [StoreUnderTest] { atomicallyCreating }

    /// Those that say so when a part goes to an upload that is gone; moto answers 500.
    static var knowingGoneUploads: [StoreUnderTest] {
        allCases.filter { subject in
            if case .server(let server) = subject { return !server.name.contains("moto") }
            return true
        }
    }

    var listsInKeyOrder: Bool {
        if case .server(let server) = self { return !server.name.contains("seaweed") }
        return true
    }

    /// rclone answers HEAD with the MD5 of the whole, also for objects that were sent in parts.
    var keepsMultipartETags: Bool { !isRclone }

    private var isRclone: Bool {
        if case .server(let server) = self { return server.name.contains("rclone") }
        return false
    }

    var testDescription: String {
        switch self {
        case .directory: "directory"
        case .metered: "metered directory"
        case .r2Double: "R2 double"
        case .server(let server): server.name
        }
    }

    /// Bytes of a part: small where the store allows it, so that the suite is quick.
    var partSize: Int {
        if case .server = self { return R2Double.realMinimumPartSize }
        return 16 * 1024
    }

    /// Runs `body` with the store, empty under its own prefix; what is left there afterwards is removed.
    func run(_ body: (any ObjectStore) async throws -> Void) async throws {
        try await withPlace { open in
            try await Self.use(open(), body)
        }
    }

    /// The same with two stores at one place, as two processes have them.
    func runTwo(_ body: (any ObjectStore, any ObjectStore) async throws -> Void) async throws {
        try await withPlace { open in
            let second = try open()
            try await Self.use(open()) { first in
                try await Self.use(second) { second in try await body(first, second) }
            }
        }
    }

    /// Runs `body` with what opens stores at a place of the test's own.
    private func withPlace(_ body: (() throws -> any ObjectStore) async throws -> Void) async throws {
        switch self {
        case .directory:
            try await withTemporaryDirectory { path in
                try await body { try openStore(.directory(path: path), prefix: "tests/") }
            }
        case .metered:
            let meter = StoreMeter(store: "disk")
            try await withTemporaryDirectory { path in
                try await body { MeteredStore(try openStore(.directory(path: path), prefix: "tests/"), meter: meter) }
            }
        case .r2Double:
            try await withR2Double(minimumPartSize: partSize) { double in
                try await body { try openStore(.s3(s3Configuration(of: double)), prefix: "tests/") }
                #expect(double.openUploads.isEmpty, "an upload was left open")
                #expect(double.overwrittenKeys.isEmpty, "an object was overwritten")
            }
        case .server(let server):
            let configuration = s3Configuration(
                endpoint: server.url, bucket: server.bucket, accessKeyID: server.accessKeyID,
                secretAccessKey: server.secretAccessKey)
            let prefix = "tests-\(UUID().uuidString)/"
            do {
                try await body { try openStore(.s3(configuration), prefix: prefix) }
            } catch {
                try? await Self.use(openStore(.s3(configuration), prefix: prefix)) { try await Self.empty($0) }
                throw error
            }
            try await Self.use(openStore(.s3(configuration), prefix: prefix)) { try await Self.empty($0) }
        }
    }

    private static func use(_ store: any ObjectStore, _ body: (any ObjectStore) async throws -> Void) async throws {
        try await withEnding({ await store.shutdown() }) { try await body(store) }
    }

    private static func empty(_ store: any ObjectStore) async throws {
        while true {
            let page = try await store.list(prefix: "", after: nil, limit: 1000)
            if page.objects.isEmpty { return }
            for object in page.objects { try await store.delete(object.key) }
        }
    }
}

/// A real S3 server on this machine.
struct S3Server: Sendable {
    let name: String
    let url: String
    let accessKeyID: String
    let secretAccessKey: String
    let bucket: String

    static var fromEnvironment: [S3Server] {
        let text = ProcessInfo.processInfo.environment["NIGHTJAR_TEST_S3_ENDPOINTS"] ?? ""
        return text.split(separator: ";").compactMap { entry in
            let halves = entry.split(separator: "=", maxSplits: 1).map(String.init)
            let fields = halves.count == 2 ? halves[1].split(separator: ",").map(String.init) : []
            guard fields.count == 4 else {
                Issue.record("NIGHTJAR_TEST_S3_ENDPOINTS: '\(entry)' is not name=url,access key,secret,bucket")
                return nil
            }
            return S3Server(
                name: halves[0], url: fields[0], accessKeyID: fields[1], secretAccessKey: fields[2], bucket: fields[3])
        }
    }
}
