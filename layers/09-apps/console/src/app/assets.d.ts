declare module "*.css";
declare module "*.jpg" {
  const url: string;
  export default url;
}
declare module "*.wav" {
  const url: string;
  export default url;
}
