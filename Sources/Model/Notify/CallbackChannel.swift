/// In the place of a channel's name: messages that go each to a URL of its own, as callbacks of exports do. No channel of
/// the configuration may be called so.
package enum CallbackChannel {
    package static let name = "callback"
}
