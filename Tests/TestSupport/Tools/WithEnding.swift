/// Runs `body`, and `end` after it, also when `body` throws: `defer` for an end that has to be waited for.
package func withEnding<Value>(
    _ end: () async -> Void, _ body: () async throws -> Value
) async throws -> Value {
    do {
        let value = try await body()
        await end()
        return value
    } catch {
        await end()
        throw error
    }
}
