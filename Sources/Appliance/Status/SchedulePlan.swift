import Catalog
import Dump
import Model
import Settings

/// The runs to come as they will really happen: with jitter, changes of the clocks, and waiting for each other.
package struct SchedulePlan: Sendable {
    package struct Run: Sendable, Equatable {
        package let database: String
        /// The scheduled time.
        package let slot: Timestamp
        /// Its start, with the jitter.
        package let due: Timestamp
        /// When it comes to its turn.
        package let startsAt: Timestamp
        /// Seconds that the last one took; nil where there was none.
        package let seconds: Int64?
    }

    /// In the order of their starts.
    package let runs: [Run]

    /// - Parameters:
    ///   - durations: Seconds that a run of a database takes.
    ///   - records: What the catalog knows of the databases.
    package init(
        _ configuration: Configuration, records: [String: DatabaseRecord], durations: [String: Int64], now: Timestamp,
        until end: Timestamp
    ) {
        var due: [(database: String, slot: UpcomingSlot)] = []
        for database in configuration.databases {
            guard let policy = database.slotPolicy else { continue }
            let record = records[database.name]
            var time = now
            var handled = record?.handledSlot
            let since = record?.since ?? now
            while time < end {
                switch policy.decide(lastHandled: handled, since: since, now: time).action {
                case .run(let slot):
                    due.append((database.name, UpcomingSlot(slot: slot.slot, startAt: max(slot.startAt, now))))
                    handled = slot.slot
                case .wait(let upcoming):
                    guard let upcoming, upcoming.startAt < end else {
                        time = end
                        break
                    }
                    time = upcoming.startAt
                }
            }
        }
        due.sort { ($0.slot.startAt, $0.database) < ($1.slot.startAt, $1.database) }
        // As many runs at once as are allowed, the first to be free takes the next.
        var free = [Timestamp](repeating: now, count: max(configuration.concurrency, 1))
        runs = due.map { entry in
            let worker = free.indices.min { free[$0] < free[$1] } ?? 0
            let start = max(entry.slot.startAt, free[worker])
            let seconds = durations[entry.database]
            free[worker] = Timestamp(seconds: start.seconds + (seconds ?? 0))
            return Run(
                database: entry.database, slot: entry.slot.slot, due: entry.slot.startAt, startsAt: start,
                seconds: seconds)
        }
    }
}
