/// How many messages of a channel are in one state, but for those that are forgotten.
package struct DeliveryCount: Sendable, Equatable {
    package let channel: String
    package let state: DeliveryState
    package let count: Int

    package init(channel: String, state: DeliveryState, count: Int) {
        self.channel = channel
        self.state = state
        self.count = count
    }

    static let columns = "channel, state, count(*)"

    init(reading columns: inout Columns) throws {
        channel = try columns.text()
        state = try columns.choice()
        count = Int(try columns.integer())
    }
}
