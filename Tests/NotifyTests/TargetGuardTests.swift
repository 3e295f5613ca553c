import Model
import Notify
import Settings
import Testing

@Suite("Who may be called") struct TargetGuardTests {
    private func target(
        _ url: String, hosts: [String] = [], _ answers: [String: [[String]]] = [:]
    ) async throws -> TargetGuard.Target {
        let guardian = TargetGuard(
            settings: HTTPSettings(callbackHosts: hosts), resolver: FakeResolver(answers))
        return try await guardian.target(of: guardian.read(url))
    }

    @Test("A host of the public Internet, at the address that was looked at")
    func publicHost() async throws {
        let target = try await target(
            "https://hooks.example/x", ["hooks.example": [["93.184.216.34", "2606:2800:220:1::1"]]])
        #expect(target.address == IPAddress("93.184.216.34"))
        #expect(target.url.text == "https://hooks.example/x")
    }

    @Test(
        "Nobody by what can be told from the URL alone",
        arguments: [
            "http://hooks.example/", "http://93.184.216.34/", "https://127.0.0.1/", "https://169.254.169.254/latest/",
            "https://10.0.0.1/", "https://192.168.1.1/", "https://172.16.0.1/", "https://100.64.0.1/",
            "https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[fe80::1]/", "https://[fd00::1]/",
            "https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://localhost/", "https://LOCALHOST/",
            "https://db.localhost/",
            "https://hooks.example:22/", "https://hooks.example:80/", "https://hooks.example:1023/",
        ])
    func literal(url: String) {
        let guardian = TargetGuard(settings: HTTPSettings(), resolver: FakeResolver())
        #expect(throws: TargetRefusal.self) { try guardian.read(url) }
    }

    @Test(
        "Nobody with a single address that is not public",
        arguments: [
            ["127.0.0.1"], ["93.184.216.34", "10.0.0.7", "93.184.216.35"], ["93.184.216.34", "::1"],
            ["169.254.169.254"], ["::ffff:192.168.0.1"], ["64:ff9b::7f00:1"], ["2606:2800:220:1::1", "fd12:3456::1"],
        ])
    func privateAddress(addresses: [String]) async throws {
        let refusal = await #expect(throws: TargetRefusal.self) {
            try await target("https://hooks.example/", ["hooks.example": [addresses]])
        }
        #expect(refusal?.isTransient == false)
    }

    @Test("A name that is given another address meanwhile is looked at again each time")
    func rebinding() async throws {
        let resolver = FakeResolver(["hooks.example": [["93.184.216.34"], ["127.0.0.1"]]])
        let guardian = TargetGuard(settings: HTTPSettings(), resolver: resolver)
        let url = try guardian.read("https://hooks.example/")
        #expect(try await guardian.target(of: url).address == IPAddress("93.184.216.34"))
        await #expect(throws: TargetRefusal.self) { try await guardian.target(of: url) }
        #expect(resolver.asked == ["hooks.example", "hooks.example"])
    }

    @Test("A name that cannot be resolved may be another time")
    func unknownName() async throws {
        let refusal = await #expect(throws: TargetRefusal.self) { try await target("https://hooks.example/") }
        #expect(refusal?.isTransient == true)
        #expect(refusal?.code == .unreachable)
    }

    @Test(
        "Hosts that the configuration names, by http and at private addresses too",
        arguments: [
            ("hooks.internal", "http://hooks.internal/x"), ("hooks.internal", "https://HOOKS.internal:22/x"),
            ("hooks.internal:9000", "http://hooks.internal:9000/x"), ("10.0.0.5", "http://10.0.0.5:81/x"),
            ("[fd00::5]:9000", "http://[fd00:0::5]:9000/x"), ("localhost", "http://localhost:9000/"),
        ])
    func exception(host: String, url: String) async throws {
        let answers = ["hooks.internal": [["10.0.0.5"]], "localhost": [["127.0.0.1"]]]
        #expect(try await target(url, hosts: [host], answers).address.isPublic == false)
    }

    @Test(
        "No others because of them",
        arguments: ["http://hooks.internal:9001/", "http://other.internal:9000/", "http://x.hooks.internal:9000/"])
    func noException(url: String) async {
        await #expect(throws: TargetRefusal.self) {
            try await target(url, hosts: ["hooks.internal:9000"], ["hooks.internal": [["10.0.0.5"]]])
        }
    }

    @Test("This machine's own name is resolved by the system")
    func systemResolver() async throws {
        let addresses = try await SystemResolver().addresses(of: "localhost")
        #expect(!addresses.isEmpty)
        #expect(addresses.allSatisfy { !$0.isPublic })
    }

    @Test("A name that there cannot be has no address")
    func systemResolverFailure() async {
        let refusal = await #expect(throws: TargetRefusal.self) {
            try await SystemResolver().addresses(of: String(repeating: "a", count: 300))
        }
        #expect(refusal?.isTransient == true)
    }
}
