/// Something that reads bytes which others have written, and what has to hold of it whatever these are.
///
/// `Tests/Fuzz/run` searches for bytes with which it does not, guided by what of the code they reach; `FuzzTests` tries
/// those that are kept in `Tests/Fuzz/corpora`, and some made of them.
package struct FuzzTarget: Sendable, CustomStringConvertible {
    /// What does not hold.
    package struct Broken: Error, CustomStringConvertible {
        package let description: String
    }

    /// Also that of its folder in the corpora.
    package let name: String
    /// - Throws: Where something does not hold, `Broken` or what should not have been thrown.
    package let check: @Sendable (_ bytes: [UInt8]) throws -> Void

    package var description: String { name }

    package static let all: [FuzzTarget] = [
        age, answers, cron, csv, json, manifest, requests, seekTable, settings, statements, zstd,
    ]
}

/// - Throws: `FuzzTarget.Broken`, where it does not hold.
func require(_ holds: Bool, _ complaint: @autoclosure () -> String) throws(FuzzTarget.Broken) {
    guard holds else { throw FuzzTarget.Broken(description: complaint()) }
}

/// What a message says has to be fit for a terminal: nothing in it moves the cursor or changes a line.
func requirePrintable(_ message: String) throws(FuzzTarget.Broken) {
    let control = message.unicodeScalars.first { $0.value < 0x20 && $0 != "\n" || (0x7F...0x9F).contains($0.value) }
    try require(
        control == nil, "a message holds the control character \(control?.value ?? 0): \(message.debugDescription)")
}
