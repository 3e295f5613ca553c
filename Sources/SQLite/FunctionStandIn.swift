/// A function of the application's, in whose place one is defined that gives NULL.
package struct FunctionStandIn: Hashable, Sendable {
    package let name: String
    /// How many arguments it takes; -1 means any number.
    package let argumentCount: Int32

    package init(name: String, argumentCount: Int32) {
        self.name = name
        self.argumentCount = argumentCount
    }
}
