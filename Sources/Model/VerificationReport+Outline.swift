import FoundationEssentials

extension VerificationReport {
    private static let untold = "what it is stands in the encrypted part of this report"

    /// What of it anybody may read: that it was verified, how, and what was found of the stored bytes; no names of tables,
    /// no counts of rows, no text.
    /// - Parameter sealed: The whole report's JSON, encrypted.
    package func outline(sealed: [UInt8]) -> VerificationReport {
        var outline = VerificationReport(
            id: id, database: database, level: level, startedAt: startedAt, tool: tool, sqliteVersion: sqliteVersion,
            host: host)
        outline.outcome = outcome
        outline.finishedAt = finishedAt
        outline.objectsChecked = objectsChecked
        outline.bytesChecked = bytesChecked
        outline.objects = objects
        outline.importSeconds = importSeconds
        outline.totalSeconds = totalSeconds
        outline.differences = differences.map { difference in
            let isOfBytes = difference.object != nil && difference.table == nil
            return isOfBytes ? difference : Difference("a difference was found; \(Self.untold)")
        }
        if isOnlyDrill, var drill {
            drill.output = ""
            outline.drill = drill
            outline.differences = [Difference(drill.words)]
        }
        outline.sealed = Data(sealed)
        return outline
    }

    /// Whether `whole` is the report of which this tells, in what anybody goes by: another Nightjar may have told more or less.
    package func isOutline(of whole: VerificationReport) -> Bool {
        id == whole.id && database == whole.database && level == whole.level && outcome == whole.outcome
            && startedAt == whole.startedAt && finishedAt == whole.finishedAt && objects == whole.objects
            && isOnlyDrill == whole.isOnlyDrill
    }
}
