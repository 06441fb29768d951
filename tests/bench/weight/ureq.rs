//! The least that a program does with ureq: the same request, and the response as JSON.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut response = ureq::post("https://api-beta.bambora.com/payments/ORDER-1001/cancel/")
        .header(
            "Authorization",
            "Basic YWJjZGVmZ0AxMjM0NTY3ODk6N0FRdTdGR0IyS3dt",
        )
        .header("API-Version", "1")
        .send_empty()?;
    let payment: serde_json::Value = response.body_mut().read_json()?;
    println!("{}", payment["state"]);
    Ok(())
}
