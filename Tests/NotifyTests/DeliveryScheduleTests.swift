import Model
import Notify
import Testing

@Suite("When a message is tried again") struct DeliveryScheduleTests {
    @Test(
        "A callback later each time, and six times in all",
        arguments: zip(1...7, [5, 300, 1800, 7200, 18_000, nil, nil] as [Int64?]))
    func callbackPauses(attempt: Int, pause: Int64?) {
        #expect(DeliveryBackoff.pause(after: attempt, random: 0, patience: .callback) == pause)
    }

    @Test(
        "A channel's message later each time, for three days",
        arguments: zip(
            0...11, [nil, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400, nil, nil] as [Int64?]))
    func channelPauses(attempt: Int, pause: Int64?) {
        #expect(DeliveryBackoff.pause(after: attempt, random: 0, patience: .channel) == pause)
    }

    @Test("Up to a fifth later than that", arguments: [0.0, 0.25, 0.5, 1.0])
    func jitter(random: Double) throws {
        let pause = try #require(DeliveryBackoff.pause(after: 2, random: random, patience: .callback))
        #expect(pause == 300 + Int64((60 * random).rounded()))
    }

    @Test("Not before the receiver wants it, but within a day")
    func retryAfter() {
        #expect(DeliveryBackoff.pause(after: 1, asked: 120, random: 0, patience: .callback) == 120)
        #expect(DeliveryBackoff.pause(after: 2, asked: 120, random: 0, patience: .callback) == 300)
        #expect(DeliveryBackoff.pause(after: 1, asked: .max, random: 0, patience: .callback) == 86_400)
        #expect(DeliveryBackoff.pause(after: 6, asked: 120, random: 0, patience: .callback) == nil)
    }
}
