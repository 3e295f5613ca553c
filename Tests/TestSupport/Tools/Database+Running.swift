import SQLite

extension Database {
    /// Runs one statement to its end.
    package func run(_ sql: String, _ parameters: SQLValue...) throws {
        let statement = try prepare(sql)
        for (index, parameter) in parameters.enumerated() { try statement.bind(parameter, at: index + 1) }
        while try statement.step() {}
    }

    /// Runs one statement whose text need not be UTF-8.
    package func run(bytes sql: [UInt8]) throws {
        let statement = try prepare(sql)
        while try statement.step() {}
    }

    /// Runs `body` in one transaction, which makes many small statements cheap.
    package func inTransaction(_ body: () throws -> Void) throws {
        try execute("BEGIN IMMEDIATE")
        try body()
        try execute("COMMIT")
    }
}

/// Random numbers that are the same in every run: SplitMix64.
package struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    package init(seed: UInt64) {
        state = seed
    }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
