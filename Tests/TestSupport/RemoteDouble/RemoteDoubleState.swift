import SQLite

/// All that changes in a running double but its database; kept behind one lock.
struct RemoteDoubleState: Sendable {
    struct Injection: Sendable {
        let fault: RemoteFault
        var skipping: Int
        var times: Int
    }

    struct Hook: Sendable {
        let condition: @Sendable (RemoteDouble.Statement) -> Bool
        var times: Int
        let action: @Sendable (Database) throws -> Void
    }

    var injections: [Injection] = []
    var hooks: [Hook] = []
    var requests: [RemoteDouble.Request] = []
    var statements: [RemoteDouble.Statement] = []
    /// What hooks could not do.
    var troubles: [any Error] = []
    var takesToken = true

    /// Takes the first injected fault whose turn it is; every other one that still skips counts this request.
    mutating func takeFault() -> RemoteFault? {
        var taken: RemoteFault?
        for index in injections.indices where injections[index].times > 0 {
            if injections[index].skipping > 0 {
                injections[index].skipping -= 1
            } else if taken == nil {
                injections[index].times -= 1
                taken = injections[index].fault
            }
        }
        return taken
    }

    /// Notes a statement, and takes what has to happen before it.
    mutating func begin(_ sql: String) -> [@Sendable (Database) throws -> Void] {
        let statement = RemoteDouble.Statement(number: statements.count + 1, sql: sql)
        statements.append(statement)
        var actions: [@Sendable (Database) throws -> Void] = []
        for index in hooks.indices where hooks[index].times > 0 && hooks[index].condition(statement) {
            hooks[index].times -= 1
            actions.append(hooks[index].action)
        }
        return actions
    }
}
