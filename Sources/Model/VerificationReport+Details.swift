extension VerificationReport {
    /// What was found of an object in the store.
    package struct ObjectResult: Sendable, Codable, Equatable {
        package var key: String
        /// Bytes.
        package var sizeExpected: Int64
        package var sizeFound: Int64
        package var parts: Int
        /// How many of the parts were there whole, so that their SHA-256 could be compared.
        package var partsChecked: Int
        /// Those whose bytes are not the ones that were written; the first hundred.
        package var partsDifferent: [PartResult]

        package init(
            key: String, sizeExpected: Int64, sizeFound: Int64, parts: Int, partsChecked: Int,
            partsDifferent: [PartResult]
        ) {
            self.key = key
            self.sizeExpected = sizeExpected
            self.sizeFound = sizeFound
            self.parts = parts
            self.partsChecked = partsChecked
            self.partsDifferent = partsDifferent
        }

        package var matches: Bool {
            sizeExpected == sizeFound && parts == partsChecked && partsDifferent.isEmpty
        }
    }

    /// A part whose bytes are not the ones that were written.
    package struct PartResult: Sendable, Codable, Equatable {
        /// Counted from 1.
        package var number: Int
        /// Where its first byte stands in the object.
        package var offset: Int64
        package var size: Int64
        /// Lower-case hexadecimal.
        package var sha256Expected: String
        package var sha256Found: String

        package init(number: Int, offset: Int64, size: Int64, sha256Expected: String, sha256Found: String) {
            self.number = number
            self.offset = offset
            self.size = size
            self.sha256Expected = sha256Expected
            self.sha256Found = sha256Found
        }
    }

    /// How many tables, views, indexes and triggers a restored database has.
    package struct SchemaResult: Sendable, Codable, Equatable {
        package var expected: Int
        package var found: Int
        /// How many of those that are expected are there with the same definition.
        package var equal: Int

        package init(expected: Int, found: Int, equal: Int) {
            self.expected = expected
            self.found = found
            self.equal = equal
        }

        package var matches: Bool { expected == found && expected == equal }

        /// `5 objects expected, 4 found, 4 equal`.
        package var words: String {
            "\(CountText.format(Int64(expected), "object")) expected, \(CountText.format(Int64(found))) found, "
                + "\(CountText.format(Int64(equal))) equal"
        }
    }

    /// What a drill came to.
    package struct DrillResult: Sendable, Codable, Equatable {
        /// The program's path. Its arguments stand in no report: one may be a secret.
        package var program: String
        /// nil where a signal ended it.
        package var exitCode: Int?
        /// The signal that ended it.
        package var signal: Int?
        package var seconds: Double
        /// What it wrote to its standard output and standard error, in their order; of much the beginning and the end.
        package var output: String

        package init(program: String, exitCode: Int?, signal: Int?, seconds: Double, output: String) {
            self.program = program
            self.exitCode = exitCode
            self.signal = signal
            self.seconds = seconds
            self.output = output
        }

        package var hasPassed: Bool { exitCode == 0 }

        /// `the drill /opt/shop/check ended with exit code 1 after 3.2 s`.
        package var words: String {
            let name = "the drill \(program)"
            let time = DurationText.format(seconds: seconds)
            if let signal { return "\(name) was ended by signal \(signal) after \(time)" }
            return "\(name) ended with exit code \(exitCode.map { "\($0)" } ?? "unknown") after \(time)"
        }
    }

    /// Whether the drill alone is why the backup is different: all that was compared is as it was written.
    package var isOnlyDrill: Bool {
        guard outcome == .different, let drill, !drill.hasPassed, !differences.isEmpty else { return false }
        return tables.allSatisfy(\.matches) && (objects ?? []).allSatisfy(\.matches)
            && schemaObjects?.matches != false && differences.allSatisfy(\.isOfDrill)
    }
}

extension VerificationReport.Difference {
    fileprivate var isOfDrill: Bool {
        object == nil && part == nil && table == nil && message.hasPrefix("the drill ")
    }
}
