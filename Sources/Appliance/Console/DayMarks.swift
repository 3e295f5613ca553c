import Catalog
import Model

/// How each of the last days went for a database.
struct DayMarks {
    static let count = 90

    let marks: [Overview.DayMark]

    /// - Parameters:
    ///   - runs: newest first.
    ///   - since: when the catalog first heard of the database; nothing is missed before.
    ///   - verify: what counts as verified.
    init(
        runs: [RunRecord], backups: [BackupRecord], schedule: Schedule?, zone: TimeZoneRules, since: Timestamp,
        now: Timestamp, verify: VerificationLevel
    ) {
        func day(of time: Timestamp) -> Int64 {
            zone.civilTime(at: time).dayNumber
        }
        var found: [Int64: Overview.Day] = [:]
        func add(_ new: Overview.Day, at time: Timestamp) {
            let key = day(of: time)
            if let old = found[key], old.rank <= new.rank { return }
            found[key] = new
        }
        for backup in backups {
            let isGood = backup.proof == .proved || (verify != .restore && backup.proof == .checked)
            add(isGood ? .verified : .unverified, at: backup.createdAt)
        }
        for run in runs {
            switch run.state {
            case .completed:
                // Retention may have deleted the backup since.
                let isGood = run.verification == .proved || (verify != .restore && run.verification == .checked)
                add(isGood ? .verified : .unverified, at: run.startedAt)
            case .failed, .interrupted: add(.failed, at: run.startedAt)
            case .cancelled, .queued, .running: break
            }
        }
        let today = day(of: now)
        marks = ((today - Int64(Self.count - 1))...today).map { key in
            let date = CivilTime(Timestamp(seconds: key * 86_400)).dateText
            if let day = found[key] { return .init(date: date, day: day) }
            return .init(date: date, day: Self.isMissed(key, schedule, zone, since: since, now: now) ? .missed : .none)
        }
    }

    /// Whether a run was due on a day on which none was made.
    private static func isMissed(
        _ day: Int64, _ schedule: Schedule?, _ zone: TimeZoneRules, since: Timestamp, now: Timestamp
    ) -> Bool {
        guard let schedule else { return false }
        // The day's last instant in UTC, give or take the zone, is enough to skip days before the database's first.
        guard (day + 2) * 86_400 > since.seconds else { return false }
        let begin = Timestamp(seconds: day * 86_400 - 26 * 3600)
        var slot = schedule.next(after: begin, in: zone)
        while let time = slot, time < now {
            let of = zone.civilTime(at: time).dayNumber
            if of > day { return false }
            if of == day && time > since { return true }
            // The rest of the day before is not of interest.
            let next = of < day ? firstInstant(of: day, zone).map { Timestamp(seconds: $0.seconds - 1) } : nil
            slot = schedule.next(after: max(time, next ?? time), in: zone)
        }
        return false
    }

    /// nil where clocks never show the day's midnight.
    private static func firstInstant(of day: Int64, _ zone: TimeZoneRules) -> Timestamp? {
        zone.timestamps(of: CivilTime(Timestamp(seconds: day * 86_400))).first
    }
}

extension Overview.Day {
    /// The best of a day counts.
    fileprivate var rank: Int { Self.allCases.firstIndex(of: self) ?? Self.allCases.count }
}
