import Catalog
import Foundation
import Model
import Notify
import Testing

/// Events, and what is said about them, as the tests of messages use them.
enum NoticeSamples {
    static let at = Timestamp(seconds: 1_773_541_800)
    static let backup = BackupID(time: at)
    static let dayOld = BackupID(time: Timestamp(seconds: at.seconds - 26 * 3600))
    static let appliance = "0123456789abcdef"

    static func event(
        _ kind: EventKind, of database: String? = "shop", _ text: String = "cannot open /srv/shop.db: no such file",
        hint: String? = nil, run: Int64? = nil, backup: BackupID? = nil, verification: Int64? = nil
    ) -> EventRecord {
        EventRecord(
            id: 7, at: at, kind: kind, database: database, text: text, hint: hint, run: run, backup: backup,
            verification: verification)
    }

    static func notice(
        _ event: EventRecord, _ facts: EventFacts? = nil, publicURL: String = "https://backups.example.org"
    ) -> Notice {
        Notice(event, facts, host: "db1", publicURL: publicURL, applianceID: appliance)
    }

    /// A backup that failed again, with a proved one of yesterday.
    static var failure: Notice {
        notice(
            event(.backupFailed, hint: "Check the path in the configuration.", run: 12),
            EventFacts(
                lastProved: dayOld, lastProvedAt: dayOld.time, lastBackup: dayOld,
                failingSince: Timestamp(seconds: at.seconds - 24 * 3600)))
    }

    static func digest(_ held: [Notice], count: Int? = nil, isProtected: Bool = true, lines: [String] = []) -> Notice {
        DigestWriter.notice(
            held: held, count: count ?? held.count,
            standing: DigestStanding(
                headline: isProtected ? "All 3 databases are protected." : "crm is overdue.",
                advice: isProtected ? "Oldest verified restore: 9 hours ago." : "no backup came of 3 scheduled times",
                isProtected: isProtected, lines: lines),
            host: "db1", publicURL: "https://backups.example.org", at: at)
    }

    static func object(_ json: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    }
}
