import Postgres

/// The migrations this program was built with, with the SHA-256 of each file. A folder with other files is refused, so
/// that a program never runs on a schema it doesn't know. A test holds this table equal to `Migrations/`.
enum LandedMigrations {
    static let all = [
        LandedMigration(1, "access", "12f9ed61e04eddc7c7722e7b0da7bad0b116ae0c7b578c9c70a789cb3480b284"),
        LandedMigration(2, "journal", "976ced6172eba30ee50ab8ccb09ce542f56afce7392a4d4786e14d63f7f4bdfc"),
        LandedMigration(3, "editorial", "bbca579c90ed9f322ae93532c3b9735cc353e371c536fc4ef6a5fcc1b2d1ee35"),
        LandedMigration(4, "fundraising", "074e8f9c92cd9e5cec46016fb8c7e27b766426ad5eb3e12e326d525781b4aa72"),
        LandedMigration(5, "audience", "745b62930c321f1a9dcec351a0d1705f1ea410a9299f63817cc028da975ab53b"),
        LandedMigration(6, "editorial_gate", "88af04437fe5d1940ae7c123c8421d2b6b75999176b1bdd64a4389809196b623"),
        LandedMigration(7, "editorial_workflow", "6fad39f1b3d10171b64452afa8ae8886539aca12280050aaac7ee4566be2d0ff"),
        LandedMigration(8, "editorial_images", "4b67ae7050735fbf339d8c6c75d485ddc63f9cf1c86eff6f800c47802d0ffcf8"),
        LandedMigration(9, "editorial_reviews", "cd71dd5cf34ce5fc155905c061a588a8d97013136de610e767566f90eea5a522"),
        LandedMigration(
            10, "editorial_publication", "bc87e7e7ae14bc67c49c0cd68cd2147f7024fbb50b70099820e18494e2d7f43e"),
        LandedMigration(11, "editorial_planning", "7a91050c11420859682bd798dc53fcca4b7e73180e76213886bf7d55dcf9cc96"),
        LandedMigration(12, "editorial_search", "ec74bddce390f4a2ef2f85fa676c587836a7d4439e0cab25044018ec0678e2a0"),
        LandedMigration(13, "editorial_exchange", "9311f35cbc4fa3532201a50789c69d0521238fe9a5f89e03f0e310259ccaa222"),
        LandedMigration(14, "editorial_policy", "9d4bb32d757ec092948334d1c04e782ebf6bf31d8011b4c91e82f5ec0055f04b"),
        LandedMigration(15, "editorial_schedule", "297fd6c9b56dc78fd0dd0f22314ad336b0bae8e1efafa3079d2f54acb13e10d6"),
        LandedMigration(16, "fundraising_stripe", "c2e265a6b8f9580e2a671e891c5c25beb750b51ccf131350bbf1cb679935b6fb"),
        LandedMigration(17, "fundraising_by_hand", "ccdb451650702a3d41b34ef0c460c63af808f2250402147b59b522485d8e178f"),
        LandedMigration(18, "editorial_guards", "5daff8d6452f99e65c3c7806a180930c9449f14a2da90c77b4b89cd14c5c7888"),
        LandedMigration(19, "fundraising_receipts", "088f1ceb226651456127a89cc99675c45280ed537ca171cdc9192417e6dac45b"),
        LandedMigration(20, "fundraising_donors", "c3ba137c05675ef64c58d5bd7b994a0ed884a520a37f9166f566178a247ee267"),
        LandedMigration(21, "fundraising_credit", "c3e789fda3f8f723690363dafeb7ffb1f6f92d75410a94517576a2768243ece6"),
        LandedMigration(22, "fundraising_funds", "bc22fb78c1ca71199666d305689c6e92d8e60688218ddd660bd0c89a7d1f7975"),
        LandedMigration(23, "fundraising_pledges", "de67c312cbca4eaa7b7ed625de4d5f9cfbde5711c63f3dd98fac00cb89043708"),
        LandedMigration(
            24, "fundraising_forget_receipts", "2c66dfb01c6aedfe9cc7b3e6380131995778bda3b97b6fa5bc88e174d35cb0d5"),
        LandedMigration(25, "fundraising_batches", "751420d1ccf678b1ed8b7497eaa9e59e8ec58b2945ecd91c7e2098563a9acc55"),
        LandedMigration(26, "fundraising_matches", "638ee1e4a788b2d8d3d92ec5313701141a8addb9062b753000313e0da99c707d"),
        LandedMigration(27, "fundraising_attempts", "01a365126b84cabd3d34b34ab968568938e411273844394b612f412b99a8a280"),
        LandedMigration(
            28, "fundraising_adjustments", "34b3c9ea7a0ed238e0d90f11a245e0c4ebb2405e66b0e3c66fa1b740d4c1ec69"),
        LandedMigration(29, "fundraising_payouts", "ecddeb365dad5781cc6458089777d76c5c07e0dd0f999a7253d85d7bda5355b8"),
        LandedMigration(30, "fundraising_appeals", "dfacf997e644b99a69afb3e74c65fec0ffe768d98100bb629ff75f23255b3246"),
        LandedMigration(
            31, "fundraising_told_refunds", "13c6298fc1816f175520aa05b82f4363296e35baa9ce8185ccb700aa25dd1dad"),
        LandedMigration(
            32, "fundraising_recurring", "e5e671bf538c55dd9e7a512d6c3481a02d5bfe36edaaa7f45d369c4bdb06d9a4"),
        LandedMigration(33, "fundraising_totals", "5b011180a203b9259ae001281b23bd8f286e8de1f00ac95e33fd78809e47e1ef"),
        LandedMigration(34, "fundraising_budget", "349ade1e9f3c09d1028f56c7c16ad0e1dc130bb7ddae788cdbb19a548a6f640c"),
        LandedMigration(35, "fundraising_limits", "527b13d9782148f8982058db0daea27c66c5f10b534ff79efe5f130f5e59e6a0"),
        LandedMigration(
            36, "fundraising_by_construction", "7eb6d1c94eb4a80a99f9e7decbdd6a3874a2d2d8e6b92529ee3e13f62438d71e"),
        LandedMigration(37, "fundraising_bulk", "bea4b14d1901ca82feb8088f84a638f456dbb0af43fa0d0a414b29dff4cfe511"),
        LandedMigration(38, "audience_history", "b1ed565a134e0818a75b6171bca3e9c18e82401355348cdeb9efd6c66910d409"),
        LandedMigration(39, "audience_closing", "b5de7131f5323d1ea8a2dc2b8b8e5d06f85a9e661fcbad079215e0883f565d6a"),
        LandedMigration(40, "audience_marks", "700ff67f0d05f6a2b4b62e186da08edf1f73f36f6b1384837ffaca788fa87338"),
        LandedMigration(41, "audience_cells", "8ebadb099f607871bf1266467604ad7526c106f9d4d01aef68c0183eda580041"),
        LandedMigration(42, "audience_beacon", "c06569638517bfbcb104a81bc1bb83dce50e2f442fc7ff7959574e9c7775f18e"),
        LandedMigration(43, "audience_missing", "5cf23ac625f0c1e069ce27ffbae13c1856136dd8d0406fc2902a9d215322310d"),
        LandedMigration(44, "audience_upkeep", "b72b5a67974dcc5a0276774b8e04d5a5d1b0b9ac97776f0cbf5119e1f804e1c7"),
        LandedMigration(45, "audience_rebuild", "a3d8a6cec733922c57731341f8c70477d7b66c197a742e9be7ed1a3b478c2a17"),
        LandedMigration(46, "editorial_regions", "991f0c1f7b8fe4c42a65d954705685943f9d93a9125cc81542027ccbe87a097e"),
        LandedMigration(47, "audience_devices", "3f8b3ec581d8f82a1420405257600e23ccdf7847ff18d42739629328e05325aa"),
        LandedMigration(48, "audience_retention", "9139098be90bbff1ab095d097dede4c50712d38da04c13bd68ea533cb9b847a5"),
        LandedMigration(
            49, "audience_missing_appended", "5c4c76b1e619bdb47b0d727101f3eff187a1c72b92fe2d3be33b130908650bc1"),
        LandedMigration(50, "audience_campaigns", "9591d6b505b7bfe9e77bc70bf9467f12b43fdc0e9df96ad7dd9220f5f1b21d22"),
        LandedMigration(51, "audience_lines", "567b4a4b10f93e468dfd12483530723ba20cc12d01589d5439491a2a00812b3f"),
        LandedMigration(52, "fundraising_given_at", "cb0fa4b00fda5c5d74d1933257590717e2d618a35eff9e0932292f4a4dc8b072"),
        LandedMigration(
            53, "fundraising_own_money", "daf7608fd63384e9a58c28d990b795c83a7333c850818d4a46697ee8696f3179"),
    ]
}
