import Catalog
import Model
import Notify
import Settings
import Testing

@Suite("Who is told of an event") struct NoticeRouterTests {
    private func channel(
        _ name: String, _ events: EventChoice = .problems, databases: [String] = [], digest: Bool = false
    ) throws -> ChannelSettings {
        let schedule = try Schedule(parsing: "0 7 * * *")
        return ChannelSettings(
            name: name, kind: .slack(url: Secret("https://hooks.example.org/KEY")), events: events,
            databases: databases,
            digest: digest ? ChannelSettings.Digest(schedule: schedule, zone: TimeZoneRules.utc) : nil)
    }

    private func make(_ channels: [ChannelSettings]) -> NoticeRouter {
        NoticeRouter(
            channels: channels, host: "db1", publicURL: "https://backups.example.org",
            applianceID: NoticeSamples.appliance)
    }

    @Test("Channels are told what they asked for, of the databases that they asked for")
    func choice() throws {
        let router = try make([
            channel("problems"), channel("all", .all), channel("crm", databases: ["crm*"]),
            channel("pings", .matching(["backup.*"])),
        ])
        func told(_ event: EventRecord) throws -> [String] { try router.messages(about: event, nil).map(\.channel) }
        let failed = try told(NoticeSamples.event(.backupFailed))
        #expect(failed == ["problems", "all", "pings"])
        let completed = try told(NoticeSamples.event(.backupCompleted, of: "crm-eu"))
        #expect(completed == ["all", "pings"])
        let general = try told(NoticeSamples.event(.storeUnreachable, of: nil))
        #expect(general == ["problems", "all", "crm"])
        let started = try told(NoticeSamples.event(.backupStarted))
        #expect(started == ["pings"])
    }

    @Test("What nobody wants costs nothing, and a test goes past the outbox")
    func nobody() throws {
        let router = try make([channel("problems")])
        #expect(router.wants(NoticeSamples.event(.backupFailed)))
        #expect(!router.wants(NoticeSamples.event(.backupCompleted)))
        #expect(!router.wants(NoticeSamples.event(.notifyTest)))
        let messages = try router.messages(about: NoticeSamples.event(.notifyTest), nil)
        #expect(messages.isEmpty)
    }

    @Test("Good news waits for the digest, problems and their end do not")
    func held() throws {
        let router = try make([channel("daily", .all, digest: true), channel("each", .all)])
        func states(_ kind: EventKind) throws -> [DeliveryState] {
            try router.messages(about: NoticeSamples.event(kind), nil).map(\.state)
        }
        let good = try states(.backupCompleted)
        #expect(good == [.held, .pending])
        let bad = try states(.backupFailed)
        #expect(bad == [.pending, .pending])
        let over = try states(.backupRecovered)
        #expect(over == [.pending, .pending])
    }

    @Test("A message holds the whole notice, and nothing of where it goes")
    func body() throws {
        let event = NoticeSamples.event(.backupFailed, run: 12)
        let facts = EventFacts(lastProved: NoticeSamples.dayOld)
        let messages = try make([channel("ops")]).messages(about: event, facts)
        let message = try #require(messages.first)
        #expect(message.subject == "backup.failed")
        #expect(message.url.isEmpty)
        #expect(message.createdAt == event.at)
        #expect(message.nextAt == event.at)
        #expect(!message.body.contains("KEY"))
        let notice = try Notice(json: message.body)
        #expect(notice == NoticeSamples.notice(event, facts))
    }
}
