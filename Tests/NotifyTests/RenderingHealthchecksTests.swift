import Model
import Notify
import Testing

@Suite("Pings to healthchecks") struct RenderingHealthchecksTests {
    private static let check = "https://hc.example.org/ping/KEY"

    @Test(
        "Each kind of event is a signal of its own",
        arguments: [
            (.backupStarted, "/start"), (.backupCompleted, ""), (.backupRecovered, ""), (.backupFailed, "/fail"),
            (.backupOverdue, "/fail"), (.backupShrunk, "/fail"), (.verificationFailed, "/fail"),
            (.verificationOverdue, "/fail"), (.retentionFrozen, "/fail"), (.verificationCompleted, "/log"),
            (.retentionDeleted, "/log"), (.applianceStarted, "/log"), (.notifyTest, "/log"),
        ] as [(EventKind, String)])
    func signals(kind: EventKind, signal: String) throws {
        let notice = NoticeSamples.notice(NoticeSamples.event(kind))
        let ping = try #require(HealthchecksPing.request(url: Self.check, notice))
        #expect(ping.url == Self.check + signal)
        #expect(ping.body == notice.plainText)
        let slash = try #require(HealthchecksPing.request(url: Self.check + "/", notice))
        #expect(slash.url == ping.url)
    }

    @Test("A URL with a place for the database asks for its slug, and keeps its query beside the run's key")
    func template() throws {
        let url = Self.check + "/{database}?create=1"
        let key = DeduplicationKey.key(of: 12, applianceID: NoticeSamples.appliance)
        let begin = NoticeSamples.notice(NoticeSamples.event(.backupStarted, of: "Shop.EU", run: 12))
        let ping = try #require(HealthchecksPing.request(url: url, begin))
        #expect(ping.url == "\(Self.check)/shop-eu/start?create=1&rid=\(key)")
        let end = NoticeSamples.notice(NoticeSamples.event(.backupCompleted, of: "Shop.EU", run: 12))
        let done = try #require(HealthchecksPing.request(url: Self.check, end))
        #expect(done.url == "\(Self.check)?rid=\(key)")
        let started = NoticeSamples.notice(NoticeSamples.event(.applianceStarted, of: nil))
        let none = HealthchecksPing.request(url: url, started)
        #expect(none?.url == nil)
    }

    @Test("The body is what every instance keeps")
    func body() throws {
        let lines = (0..<60).map { "\($0) " + String(repeating: "x", count: 300) }
        let ping = try #require(HealthchecksPing.request(url: Self.check, NoticeSamples.digest([], lines: lines)))
        #expect(ping.body.utf8.count <= 10_000)
        #expect(ping.url == Self.check + "/log")
    }
}
