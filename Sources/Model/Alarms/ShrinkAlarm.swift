/// The alarm for a database that lost much of its content: rows or bytes fell by more than the tolerance against the
/// median of the last verified backups.
///
/// A proof says that the backup is what the source was. This alarm is for the day on which the source was not what it
/// should have been.
package struct ShrinkAlarm: Sendable, Equatable {
    /// The number of earlier backups whose median is compared.
    package static let window = 5

    /// The part that may be lost without an alarm: 0.5 is one half. Rounded to a millionth. At 1 or more nothing is an
    /// alarm; below 0 means 0.
    package let tolerance: Double

    package init(tolerance: Double) {
        self.tolerance = tolerance
    }

    /// What fell by more than the tolerance in `new`; nil where nothing did, or there is nothing to compare with.
    ///
    /// - Parameter earlier: the backups of the database since its baseline that count, in any order. The newest five of
    ///   those older than `new` are compared; the mean of the middle two is the median of an even number.
    package func finding(for new: BackupMeasure, among earlier: some Sequence<BackupMeasure>) -> ShrinkFinding? {
        let compared = earlier.filter { $0.id < new.id }.sorted { $0.id > $1.id }.prefix(Self.window)
        guard !compared.isEmpty else { return nil }
        let falls = [
            fall(.rows, to: new.rows, from: compared.map(\.rows)),
            fall(.bytes, to: new.bytes, from: compared.map(\.bytes)),
        ].compactMap { $0 }
        guard !falls.isEmpty else { return nil }
        return ShrinkFinding(
            id: new.id, falls: falls, compared: compared.count, toleratedMillionths: toleratedMillionths)
    }

    private static let million: Int64 = 1_000_000

    private var toleratedMillionths: Int64 {
        guard tolerance > 0 else { return 0 }
        return tolerance >= 1 ? Self.million : Int64((tolerance * Double(Self.million)).rounded())
    }

    /// In whole numbers, wide enough that no size overflows and no rounding decides.
    private func fall(_ kind: ShrinkFinding.Kind, to value: Int64, from earlier: [Int64]) -> ShrinkFinding.Fall? {
        let sorted = earlier.map { max($0, 0) }.sorted()
        let twiceTheMedian = Int128(sorted[(sorted.count - 1) / 2]) + Int128(sorted[sorted.count / 2])
        let twiceTheValue = Int128(max(value, 0)) * 2
        let left = Int128(Self.million - toleratedMillionths)
        guard twiceTheMedian > 0, twiceTheValue * Int128(Self.million) < twiceTheMedian * left else { return nil }
        let percent = (twiceTheMedian - twiceTheValue) * 100 / twiceTheMedian
        return ShrinkFinding.Fall(
            kind: kind, value: max(value, 0), median: Int64(twiceTheMedian / 2), percent: Int(percent))
    }
}

/// What fell, and how far.
package struct ShrinkFinding: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case rows
        case bytes
    }

    /// A fall by more than was tolerated.
    package struct Fall: Sendable, Equatable {
        package let kind: Kind
        package let value: Int64
        /// Rounded down.
        package let median: Int64
        /// From 0 to 100, rounded down: 100 only where nothing is left.
        package let percent: Int
    }

    /// The backup that shrank.
    package let id: BackupID
    /// One or two: rows before bytes.
    package let falls: [Fall]
    /// The number of earlier backups that it was compared with, 1 to 5.
    package let compared: Int
    /// The part that may be lost without an alarm, in millionths.
    let toleratedMillionths: Int64

    /// `rows fell to 1,024 from a median of 51,200 (−98%) in the last 5 backups that count; more than 50% is an alarm`.
    package var text: String {
        let changes = falls.map { fall in
            let median = compared == 1 ? "" : "a median of "
            let percent = fall.percent == 0 ? "by less than 1%" : "−\(fall.percent)%"
            switch fall.kind {
            case .rows:
                return "rows fell to \(CountText.format(fall.value)) from \(median)"
                    + "\(CountText.format(fall.median)) (\(percent))"
            case .bytes:
                return "the dump fell to \(SizeText.format(fall.value)) from \(median)"
                    + "\(SizeText.format(fall.median)) (\(percent))"
            }
        }
        let before = compared == 1 ? "the last backup that counts" : "the last \(compared) backups that count"
        return "\(changes.joined(separator: " and ")) in \(before); more than \(toleratedText) is an alarm"
    }

    private var toleratedText: String {
        let (percent, rest) = toleratedMillionths.quotientAndRemainder(dividingBy: 10_000)
        return rest == 0 ? "\(percent)%" : "\(Double(toleratedMillionths) / 10_000)%"
    }
}
