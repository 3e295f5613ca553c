import Model
import Testing

@Suite struct SlotJitterTests {
    @Test(
        "The delay of a database at a slot is the same on every machine, for ever",
        arguments: [
            ("shop", 1_773_541_800, 300, 60), ("shop", 1_773_628_200, 300, 233), ("app", 1_773_541_800, 300, 281),
            ("", 0, 3600, 3595), ("Läden", -1, 86400, 32055),
        ] as [(String, Int64, Int64, Int64)])
    func stability(database: String, slot: Int64, maximum: Int64, delay: Int64) {
        let found = SlotJitter.delay(of: database, at: Timestamp(seconds: slot), maximum: .seconds(maximum))
        #expect(found == .seconds(delay))
    }

    @Test("Delays are spread evenly over names and over slots, and stay below the maximum")
    func evenness() {
        var overNames = [Int](repeating: 0, count: 10)
        var overSlots = [Int](repeating: 0, count: 10)
        for index in 0..<1000 {
            let slot = Timestamp(seconds: 1_773_541_800 + Int64(index) * 86400)
            let name = SlotJitter.delay(of: "db\(index)", at: Timestamp(seconds: 1_773_541_800), maximum: .seconds(10))
            overNames[Int(name.components.seconds)] += 1
            overSlots[Int(SlotJitter.delay(of: "shop", at: slot, maximum: .seconds(10)).components.seconds)] += 1
        }
        for count in overNames + overSlots { #expect((70...130).contains(count)) }
    }

    @Test("A larger maximum stretches the same delay")
    func scaling() {
        for index in 0..<100 {
            let slot = Timestamp(seconds: Int64(index) * 3600)
            let minutes = SlotJitter.delay(of: "shop", at: slot, maximum: .seconds(60)).components.seconds
            let hours = SlotJitter.delay(of: "shop", at: slot, maximum: .seconds(3600)).components.seconds
            #expect(hours / 60 == minutes)
        }
    }

    @Test(
        "Without a whole second there is no delay",
        arguments: [Duration.zero, .milliseconds(999), .seconds(1), .seconds(-5)])
    func none(maximum: Duration) {
        for index in 0..<100 {
            let slot = Timestamp(seconds: Int64(index) * 3600)
            #expect(SlotJitter.delay(of: "shop", at: slot, maximum: maximum) == .zero)
        }
    }
}
