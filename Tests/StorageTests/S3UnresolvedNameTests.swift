import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("The S3 store and a name that cannot be resolved", .timeLimit(.minutes(30)))
struct S3UnresolvedNameTests {
    /// A part of a name has 63 bytes at most: no server has to be asked to know that there is none.
    private static let host = String(repeating: "n", count: 64) + ".invalid"

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func add() { value.withLock { $0 += 1 } }
        var count: Int { value.withLock { $0 } }
    }

    @Test("tries as often as it may, then says which name, what to look at, and that trying again may help")
    func tells() async throws {
        let retries = Counter()
        var configuration = s3Configuration(
            endpoint: "http://\(Self.host):9000", bucket: "nightly", accessKeyID: "AKID", secretAccessKey: "hidden",
            attempts: 4)
        configuration.onRetry = { retries.add() }
        try await withStore(configuration) { store in
            let looking = await failure { try await store.head("dump") }
            #expect(retries.count == 3)
            let writing = await failure { try await store.create("dump", [1]) }
            let beginning = await failure { try await store.beginUpload("dump", partSize: Int64(doublePartSize)) }
            let reading = await failure { try await store.bytes("dump") }
            let listing = await failure { try await store.allKeys() }
            for error in [looking, writing, beginning, reading, listing] {
                #expect(error?.code == .unreachable)
                #expect(error?.isTransient == true)
                #expect(error?.message.contains(Self.host) == true, "\(error?.message ?? "")")
                #expect(error?.message.contains("resolve") == true, "\(error?.message ?? "")")
                #expect(error?.hint?.contains("endpoint") == true)
                #expect(error?.hint?.contains("network") == true)
                #expect(error.map { "\($0)".contains("hidden") } == false)
            }
        }
    }
}
