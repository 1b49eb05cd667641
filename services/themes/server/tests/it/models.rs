use soundings_themes::application::check_model::check_model;
use soundings_themes_model::MODEL_VERSION;

use crate::setup::*;

#[tokio::test]
async fn another_model_moves_no_signed_off_count_unless_it_is_accepted() {
    for bench in benches().await {
        let db = &bench.runtime.db;
        check_model(db, "model-0123456789ab", "").await.unwrap();
        bench
            .load(&CODEBOOK.replace("title: Cost optimisation", "title: Cost\n    state: proposed"))
            .await
            .unwrap();
        check_model(db, "model-0123456789ab", "").await.unwrap();
        bench.approve("cost", "", "").await.unwrap();
        check_model(db, MODEL_VERSION, "").await.unwrap();
        let refused = check_model(db, "model-0123456789ab", "model-ba9876543210").await.unwrap_err();
        let told = refused.to_string();
        assert!(told.contains("codebook cb") && told.contains(MODEL_VERSION), "{told}");
        assert!(told.contains("accept_model = \"model-0123456789ab\""), "{told}");
        check_model(db, "model-0123456789ab", "model-0123456789ab").await.unwrap();
    }
}
