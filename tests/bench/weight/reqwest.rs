//! The least that a program does with reqwest: the same request, and the response as JSON.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let response = reqwest::Client::new()
            .post("https://api-beta.bambora.com/payments/ORDER-1001/cancel/")
            .basic_auth("abcdefg@123456789", Some("7AQu7FGB2Kwm"))
            .header("API-Version", "1")
            .send()
            .await?;
        println!("{}", response.json::<serde_json::Value>().await?["state"]);
        Ok(())
    })
}
