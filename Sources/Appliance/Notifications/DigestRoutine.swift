import Catalog
import Model
import Notify
import Restore
import Settings

/// Gathers what is good news into one message for each channel that asks for it, when its time has come. It is sent also
/// where nothing has happened: that all is well is what people want to hear, and that somebody is there to say it.
struct DigestRoutine: Sendable {
    /// How many events a digest counts by their kinds.
    private static let gathered = 500

    let appliance: Appliance
    let catalog: Catalog

    /// Puts the digests that are due into the outbox.
    /// - Returns: When the next one is due; nil where no channel has any.
    func makeDue(at now: Timestamp) async throws -> Timestamp? {
        let channels = appliance.configuration.notify
        guard !channels.isEmpty else { return nil }
        let records = Dictionary(
            try await catalog.channelRecords().map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        var next: Timestamp?
        for channel in channels {
            guard let digest = channel.digest else {
                // It had one before: what waited for it must not wait for ever.
                if try await catalog.heldCount(of: channel.name) > 0 { try await make(for: channel, at: now) }
                continue
            }
            if let last = records[channel.name]?.digestedAt, last <= now {
                let due = digest.schedule.next(after: last, in: digest.zone)
                if let due, due <= now { try await make(for: channel, at: now) }
            } else {
                // The first one comes at the next time; so it does where the clock was wrong.
                try await catalog.digest(channel.name, upTo: 0, as: nil, at: now)
            }
            if let slot = digest.schedule.next(after: now, in: digest.zone) { next = min(next ?? slot, slot) }
        }
        return next
    }

    private func make(for channel: ChannelSettings, at now: Timestamp) async throws {
        let count = try await catalog.heldCount(of: channel.name)
        let held = try await catalog.held(of: channel.name, limit: Self.gathered)
        let notice = DigestWriter.notice(
            held: held.compactMap { try? Notice(json: $0.body) }, count: max(count, held.count),
            standing: try await standing(for: channel, at: now), host: HostName.current,
            publicURL: appliance.pageURL, at: now)
        let message = DeliveryRecord(
            channel: channel.name, subject: notice.kind.rawValue, url: "", body: notice.json, createdAt: now)
        try await catalog.digest(channel.name, upTo: held.first?.id ?? 0, as: message, at: now)
    }

    /// How the databases are that the channel is told of, those first that need a look.
    private func standing(for channel: ChannelSettings, at now: Timestamp) async throws -> DigestStanding {
        let report = try await StatusReport.make(appliance.configuration, catalog, now: now)
        // A test is wanted by every channel: what is left of the question is the choice of databases.
        let databases = report.databases.filter { $0.state != .removed && channel.wants(.notifyTest, of: $0.name) }
            .sorted { ($0.state.rank, $0.name) < ($1.state.rank, $1.name) }
        let words = OverviewWords(databases, now: now)
        return DigestStanding(
            headline: words.headline, advice: words.advice, isProtected: words.isProtected,
            lines: databases.map { Self.line(about: $0, now: now) })
    }

    /// `shop is protected: last backup 5 hours ago, last proof 5 hours ago`
    private static func line(about database: StatusReport.Database, now: Timestamp) -> String {
        let ages = [("last backup", database.lastBackupAt), ("last proof", database.lastProofAt)]
            .compactMap { what, time in time.map { "\(what) \(AgeText.format($0, now: now))" } }
        let words = "\(database.name) \(database.state.predicate)"
        let shortfall = database.lastBackupShortfall.map { "; the newest backup is not proved consistent: \($0)" } ?? ""
        return (ages.isEmpty ? words : "\(words): \(ages.joined(separator: ", "))") + shortfall
    }
}
