extension VerificationReport {
    /// Another backup of the database that is proved.
    package struct GoodBackup: Sendable, Codable, Equatable {
        package var id: String
        /// The store's name in the configuration.
        package var store: String
        package var createdAt: Timestamp
        /// When it was proved last.
        package var provedAt: Timestamp

        package init(id: String, store: String, createdAt: Timestamp, provedAt: Timestamp) {
            self.id = id
            self.store = store
            self.createdAt = createdAt
            self.provedAt = provedAt
        }
    }

    /// What a person should know and can do where a difference was found.
    package struct Advice: Sendable, Codable, Equatable {
        /// When an earlier verification last found good what differs now; nil where none did.
        package var goodUntil: Timestamp?
        /// When it was first found different after that.
        package var differentSince: Timestamp
        /// The newest other backup that is proved; nil where there is none.
        package var goodBackup: GoodBackup?

        package init(goodUntil: Timestamp?, differentSince: Timestamp, goodBackup: GoodBackup?) {
            self.goodUntil = goodUntil
            self.differentSince = differentSince
            self.goodBackup = goodBackup
        }
    }

    /// The advice in sentences; empty where there is none.
    package var adviceSentences: [String] {
        guard let advice else { return [] }
        let since =
            if let good = advice.goodUntil {
                "It was good at \(good.text), and different at \(advice.differentSince.text)."
            } else {
                "No earlier verification found good what differs: it may have been so from the beginning."
            }
        guard let other = advice.goodBackup else {
            return [
                since,
                "No other backup of \(database) is proved. Make a new one with: nightjar backup \(database). "
                    + "Prove older ones with: nightjar verify --all",
            ]
        }
        return [
            since,
            "The newest other backup that is proved is \(other.id) of \(other.createdAt.text) in the store "
                + "\(other.store), proved at \(other.provedAt.text). Restore it with: "
                + "nightjar restore \(database)/\(other.id) --to \(database)-restored.db",
        ]
    }
}
