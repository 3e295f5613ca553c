/// The time that proofs take, of which the machine makes one at a time.
package struct ProofLoad: Sendable, Equatable {
    /// Seconds a day in the long run, rounded up.
    package let perDay: Int64
    /// Seconds of the longest.
    package let longest: Int64

    package static let none = ProofLoad(perDay: 0, longest: 0)

    package init(perDay: Int64, longest: Int64) {
        self.perDay = max(perDay, 0)
        self.longest = max(longest, 0)
    }

    /// That of several databases together.
    package func adding(_ other: ProofLoad) -> ProofLoad {
        let sum = Int128(perDay) + Int128(other.perDay)
        return ProofLoad(perDay: Int64(clamping: sum), longest: max(longest, other.longest))
    }
}
