/// A function of the application's, in whose place one is defined that gives NULL.
package struct FunctionStandIn: Hashable, Sendable {
    /// As it stands in the schema, which need not be UTF-8.
    package let nameBytes: [UInt8]
    /// How many arguments it takes; -1 means any number.
    package let argumentCount: Int32

    package init(nameBytes: [UInt8], argumentCount: Int32) {
        self.nameBytes = nameBytes
        self.argumentCount = argumentCount
    }

    package init(name: String, argumentCount: Int32) {
        self.init(nameBytes: Array(name.utf8), argumentCount: argumentCount)
    }

    /// For people; invalid bytes show as U+FFFD.
    package var name: String { String(decoding: nameBytes, as: UTF8.self) }
}
